import Foundation
import Platform
import Testing

@Suite struct ReportableErrorTests {
  @Test func anErrorIsOneLineThatATerminalCanShow() {
    let error = ReportableError(
      .badData, "line one\nline two \u{1b}[2J\u{9b}", path: "a\u{7}b\u{e9}")
    #expect(error.description == "a\\u{7}b\u{e9}: line one line two \\u{1b}[2J\\u{9b}")
  }

  @Test func namesThatLeaveTheirFolderAreCut() {
    let error = #expect(throws: ReportableError.self) {
      try ConfinedPath.join("/data", "../" + String(repeating: "x", count: 10_000))
    }
    #expect(error.map { $0.message.utf8.count < 200 } == true)
  }

  @Test func pointersOfGitLFSAreTold() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-pointer-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", to: path)
    let error = #expect(throws: ReportableError.self) { try InputFile.text(at: path) }
    #expect(error?.code == .badData)
    #expect(
      error?.description
        == "\(path): is a Git-LFS pointer, not the file itself; run git lfs pull")
  }
}
