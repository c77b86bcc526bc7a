import Foundation
import Platform
import Testing

@Suite struct AtomicFolderTests {
  private struct Stop: Error {}

  private func inScratchFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-folder-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
  }

  @Test(arguments: ["out", "out/", "out//", "deep/out/"])
  func foldersAreWholeHoweverTheyAreSpelled(_ name: String) throws {
    try inScratchFolder { folder in
      for text in ["one", "two"] {
        try AtomicFolder.write(to: "\(folder)/\(name)") { place in
          try AtomicFile.write(text, to: place + "/file")
        }
        #expect(try InputFile.text(at: "\(folder)/\(name)/file") == text)
      }
      #expect(try names(folder).filter { $0.hasSuffix("file") }.count == 1)
      #expect(try names(folder).allSatisfy { !$0.contains(".p") })
    }
  }

  @Test func failuresLeaveWhatWasThere() throws {
    try inScratchFolder { folder in
      try AtomicFolder.write(to: folder + "/out") { try AtomicFile.write("one", to: $0 + "/file") }
      #expect(throws: Stop.self) {
        try AtomicFolder.write(to: folder + "/out") { place in
          try AtomicFile.write("two", to: place + "/file")
          throw Stop()
        }
      }
      // A folder that vanishes before it can be put in place.
      let error = #expect(throws: ReportableError.self) {
        try AtomicFolder.write(to: folder + "/out") {
          try FileManager.default.removeItem(atPath: $0)
        }
      }
      #expect(error?.code == .inputOutput)
      #expect(try names(folder) == ["out", "out/file"])
      #expect(try InputFile.text(at: folder + "/out/file") == "one")
    }
  }

  @Test func placesThatCanNotBeWrittenAreNamedInOneLine() throws {
    try inScratchFolder { folder in
      try AtomicFile.write("", to: folder + "/file")
      let error = #expect(throws: ReportableError.self) {
        try AtomicFolder.write(to: folder + "/file/out") { _ in }
      }
      #expect(error?.code == .inputOutput)
      #expect(error?.description.contains("can't be made: Not a directory") == true)
      #expect(error?.description.contains("Domain") == false)
    }
  }
}
