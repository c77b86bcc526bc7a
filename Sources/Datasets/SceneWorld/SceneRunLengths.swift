import Imaging

extension SceneInstancesFile.Segmentation {
  init(_ mask: Mask) {
    size = [mask.height, mask.width]
    counts = ""
    var runs: [Int] = []
    var current = false
    var length = 0
    for column in 0..<mask.width {
      for row in 0..<mask.height {
        if mask[column, row] != current {
          runs.append(length)
          current.toggle()
          length = 0
        }
        length += 1
      }
    }
    runs.append(length)
    for (index, run) in runs.enumerated() {
      var value = index > 2 ? run - runs[index - 2] : run
      var goesOn = true
      while goesOn {
        var group = value & 0x1F
        value >>= 5
        goesOn = group & 0x10 != 0 ? value != -1 : value != 0
        if goesOn { group |= 0x20 }
        counts.unicodeScalars.append(Unicode.Scalar(UInt8(group + 48)))
      }
    }
  }
}
