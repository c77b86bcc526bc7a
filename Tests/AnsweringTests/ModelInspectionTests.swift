import Answering
import Diffusion
import Foundation
import Models
import Platform
import Serialization
import Testing

@Suite struct ModelInspectionTests {
  /// A copy of the embedded model.
  private func withModel(_ body: (String) throws -> Void) throws {
    try inScratchFolder { folder in
      let path = folder + "/model"
      try FileManager.default.copyItem(
        atPath: ModelLocator.locate(ModelLocator.defaultName).path, toPath: path)
      try body(path)
    }
  }

  @Test func nothingFromTheCardReachesTheTerminalAsItIs() throws {
    try withModel { path in
      var card = try ModelCard.load(folder: path)
      card.name = "\u{1b}[2Jname\nlayout: another"
      card.provenance = [
        "\u{1b}]0;key\u{7}": "\u{202e}value", "long": String(repeating: "x", count: 300),
      ]
      try AtomicFile.write(JSONEncoder().encode(card), to: path + "/" + ModelCard.fileName)
      let text = try ModelInspection(path: path).text
      for scalar in text.unicodeScalars {
        #expect(scalar == "\n" || ![.control, .format].contains(scalar.properties.generalCategory))
      }
      #expect(text.contains(#"\u{1b}[2Jname\u{a}layout: another: "#))
      #expect(text.contains(#"  \u{1b}]0;key\u{7}: \u{202e}value"#))
      #expect(text.contains("  long: " + card.provenance["long", default: ""] + "\n"))
    }
  }

  @Test func aTokenizerOfOtherTokensIsRefused() throws {
    try withModel { path in
      #expect(try ModelInspection(path: path).failure == nil)
      let rows = try TextEncoderConfiguration(path: path + "/text_encoder/config.json")
        .vocabularySize
      // The rows that the vocabulary leaves free may be taken, but no more than these.
      let count = try CLIPTokenizer(folder: path + "/tokenizer").vocabularyCount
      let added = path + "/tokenizer/added_tokens.json"
      let free = (count..<rows).map { "\"<token-\($0)>\": \($0)" }
      try AtomicFile.write("{\(free.joined(separator: ", "))}", to: added)
      #expect(try ModelInspection(path: path).vocabularyCount == rows)
      let one = free + ["\"<cat-toy>\": \(rows)"]
      try AtomicFile.write("{\(one.joined(separator: ", "))}", to: added)
      let failure = try ModelInspection(path: path).failure
      #expect(failure?.code == .badData && failure?.path == path + "/tokenizer")
      #expect(failure?.message.contains(#""<cat-toy>" has the id \#(rows)"#) == true)
    }
  }

  @Test func thePlaceOfAPartIsToldWhenThereAreSeveral() throws {
    try withModel { path in
      let single = path + "-single"
      try ModelConverter(target: .single).write(ModelFiles(path: path), to: single)
      #expect(!(try ModelInspection(path: single).text.contains("taken from")))
      let file = try SafetensorsFile(path: single)
      var writer = SafetensorsWriter(metadata: file.metadata)
      for name in file.names {
        try writer.add(copying: name, of: file)
        try writer.add(copying: name, of: file, as: "teacher." + name)
      }
      try writer.write(to: single)
      let text = try ModelInspection(path: single).text
      #expect(
        text.contains(
          "    taken from model.diffusion_model.*, not from teacher.model.diffusion_model.*"))
    }
  }
}
