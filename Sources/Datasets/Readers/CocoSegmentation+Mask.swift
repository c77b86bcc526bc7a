import Imaging
import Platform

extension CocoSegmentation {
  func mask(width: Int, height: Int, ofAnnotation id: Int64) throws -> Mask {
    var mask = Mask(width: width, height: height, repeating: false)
    guard case .packedRuns(let text, _, _) = self else {
      throw ReportableError(.badData, "annotation \(id) has polygons, which can't be read yet")
    }
    var runs: [Int] = []
    var x = 0, k = 0
    for c in text.utf8 {
      let v = Int(c) - 48
      x |= (v & 0x1f) << (5 * k); k += 1
      if v & 0x20 == 0 {
        if v & 0x10 != 0 { x |= -1 << (5 * k) }
        if runs.count > 2 { x += runs[runs.count - 2] }
        runs.append(x); x = 0; k = 0
      }
    }
    var p = 0
    for (i, r) in runs.enumerated() {
      if i & 1 == 1 { for q in p..<p + r { mask[q / height, q % height] = true } }
      p += r
    }
    return mask
  }
}
