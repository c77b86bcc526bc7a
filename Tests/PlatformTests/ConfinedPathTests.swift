import Platform
import Testing

@Suite struct ConfinedPathTests {
  @Test func staysBelowItsRoot() throws {
    #expect(try ConfinedPath.join("/data", "train/1.jpg") == "/data/train/1.jpg")
  }

  @Test(arguments: ["../1.jpg", "/etc/passwd", "a/../../b", "", "a\0b"])
  func refusesToLeave(_ name: String) {
    #expect(throws: ReportableError.self) { try ConfinedPath.join("/data", name) }
  }
}
