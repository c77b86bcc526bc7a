import Answering
import Diffusion
import Foundation
import Platform
import Testing

@Suite struct ModelLocatorTests {
  @Test func namesThatLeadNowhereAreReported() {
    for name in ["", "no-such-model", "/no/such/folder", "../nowhere", "."] {
      do {
        let found = try ModelLocator.locate(name)
        // A folder is found, whatever it holds; what it lacks is said when it is opened.
        #expect(name == ".")
        #expect(found.name.hasPrefix("/"))
      } catch {
        #expect((error as? ReportableError)?.code == (name.isEmpty ? .usage : .missingInput))
      }
    }
  }

  @Test func embeddedModelsAreWhole() throws {
    for name in ModelLocator.embeddedNames {
      let found = try ModelLocator.locate(name)
      #expect(found.name == name)
      #expect(try ModelInspection(path: found.path).parts.count == 3)
    }
  }

  @Test func brokenCardsAreNamed() throws {
    try inScratchFolder { folder in
      let path = folder + "/" + ModelCard.fileName
      let good = String(
        decoding: try JSONEncoder().encode(ModelCard.standard), as: UTF8.self)
      try AtomicFile.write(good, to: path)
      #expect(try ModelCard.load(folder: folder) == .standard)
      try AtomicFile.write(good.replacing("\"outline_width\":4,", with: ""), to: path)
      #expect(try ModelCard.load(folder: folder).outlineWidth == 4)
      for (part, broken) in [
        ("\"outline_width\":4", "\"outline_width\":0"), ("\"steps\":100", "\"steps\":0"),
        ("\"resolution\":512", "\"resolution\":-1"), ("euler-ancestral", "euler-x"), ("{", ""),
        ("\"steps\":100", "\"steps\":\"many\""),
      ] {
        #expect(good.contains(part))
        try AtomicFile.write(good.replacing(part, with: broken), to: path)
        let error = #expect(throws: ReportableError.self) { try ModelCard.load(folder: folder) }
        #expect(error?.code == .badData)
        #expect(error?.path == path)
      }
    }
  }
}
