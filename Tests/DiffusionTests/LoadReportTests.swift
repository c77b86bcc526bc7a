import Diffusion
import Foundation
import Layers
import Models
import Testing

@Suite struct LoadReportTests {
  @Test(arguments: LayoutFolder.wholeModels) func everyPartIsThere(_ layout: String) throws {
    var report = LoadReport()
    _ = try InstructModel.load(path: LayoutFolder.path(layout), report: &report)
    #expect(report.parts.map(\.name) == ["text encoder", "autoencoder", "UNet"])
    #expect(report.openMilliseconds > 0 && report.tokenizerMilliseconds > 0)
    for part in report.parts {
      #expect(part.tensorCount > 0 && part.milliseconds > 0)
      #expect(!part.storedTypes.isEmpty && part.storedTypes == part.storedTypes.sorted())
      // Held in 32 bits; the files' widest elements have 64.
      let widening = part.storedTypes.contains("F64") ? 2 : 1
      #expect(part.heldByteCount * widening >= part.storedByteCount && part.storedByteCount > 0)
    }
    #expect(report.heldByteCount == report.parts.reduce(0) { $0 + $1.heldByteCount })
    #expect(report.storedByteCount == report.parts.reduce(0) { $0 + $1.storedByteCount })
    let decoded = try JSONDecoder().decode(
      LoadReport.self, from: JSONEncoder().encode(report))
    #expect(decoded.parts.map(\.heldByteCount) == report.parts.map(\.heldByteCount))
  }

  #if os(Linux)
    @Test func filesAreLetGo() throws {
      func mapped(_ folder: String) throws -> Bool {
        // Its size is said to be 0, and it comes a page at a time.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/maps"))
        let text = try file.readToEnd() ?? Data()
        return text.range(of: Data(folder.utf8)) != nil
      }
      for (layout, file) in [("today", ""), ("checkpoints", "/renamed.ckpt")] {
        try LayoutFolder.withCopy(of: layout) { folder in
          let name = URL(fileURLWithPath: folder).lastPathComponent
          do {
            let files = try ModelFiles(path: folder + file)
            #expect(try mapped(name))
            withExtendedLifetime(files) {}
          }
          let model = try InstructModel.load(path: folder + file)
          #expect(try !mapped(name) && !model.card.name.isEmpty)
        }
      }
    }
  #endif
}
