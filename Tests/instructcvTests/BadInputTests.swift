import Foundation
import Imaging
import Platform
import Testing

/// Whatever is wrong from outside ends with one line, its exit code, and no new file.
@Suite(.serialized) struct BadInputTests {
  private let ask = ["run", "--quiet", "--instruction", "Segment the dog"]

  /// Runs in a folder with `in.png`; the folder must look the same afterwards.
  private func expectFailure(
    _ code: Int32, _ arguments: [String], naming text: String = "",
    prepare: (String) throws -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 30, height: 20), to: folder + "/in.png")
      try prepare(folder)
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      let outcome = try Program.run(arguments, in: folder)
      #expect(
        outcome.code == code, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
      #expect(
        outcome.errors.split(separator: "\n").count == 1 && outcome.complaints.count == 1,
        "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
      #expect(
        outcome.errors.utf8.count < 700 && (text.isEmpty || outcome.errors.contains(text)),
        "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before,
        sourceLocation: sourceLocation)
    }
  }

  private func asking(_ more: String...) -> [String] {
    ask + ["--model", TinyModel.folder] + more
  }

  @Test func pictures() throws {
    try expectFailure(66, asking("--image", "none.png"), naming: "none.png")
    try expectFailure(66, asking("--image", "."))
    let contents: [(String, [UInt8])] = [
      ("empty", []), ("text", Array("hello, this is text".utf8)),
      ("gif", Array("GIF89a....".utf8)), ("noise", (0..<500).map { UInt8($0 * 131 % 251) }),
    ]
    for (name, bytes) in contents {
      try expectFailure(65, asking("--image", "x.png"), naming: "x.png") {
        try AtomicFile.write(bytes, to: $0 + "/x.png")
        #expect(!name.isEmpty)
      }
    }
    let whole = try PNG.encode(samplePicture(width: 50, height: 50))
    for count in [9, 30, 60, whole.count / 2, whole.count - 3] {
      try expectFailure(65, asking("--image", "cut.png"), naming: "cut.png") {
        try AtomicFile.write(Array(whole[..<count]), to: $0 + "/cut.png")
      }
    }
    try expectFailure(65, asking("--image", "huge.png"), naming: "200000x200000") {
      try AtomicFile.write(Self.resized(whole, to: 200_000), to: $0 + "/huge.png")
    }
  }

  /// A PNG file whose header claims another size.
  private static func resized(_ png: [UInt8], to side: UInt32) -> [UInt8] {
    var png = png
    for offset in [16, 20] {
      for byte in 0..<4 { png[offset + byte] = UInt8(truncatingIfNeeded: side >> (24 - 8 * byte)) }
    }
    var checksum = UInt32.max
    for byte in png[12..<29] {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    for byte in 0..<4 { png[29 + byte] = UInt8(truncatingIfNeeded: ~checksum >> (24 - 8 * byte)) }
    return png
  }

  @Test func instructionsAndTasks() throws {
    let base = ["run", "--model", TinyModel.folder, "--image", "in.png"]
    try expectFailure(64, base, naming: "--instruction")
    try expectFailure(64, base + ["--instruction", ""], naming: "empty")
    try expectFailure(64, base + ["--instruction", " \n "], naming: "empty")
    try expectFailure(
      64, base + ["--instruction", String(repeating: "a", count: 10_000)], naming: "10000")
    try expectFailure(64, base + ["--instruction", "What a lovely day"], naming: "--task")
    try expectFailure(64, base + ["--instruction", "it", "--task", "poetry"], naming: "depth")
    try expectFailure(
      64, base + ["--instruction", "it", "--task", "classification"], naming: "colours")
  }

  @Test func options() throws {
    let base = asking("--image", "in.png")
    try expectFailure(64, ask, naming: "--image")
    for options in [
      ["--steps", "0"], ["--steps", "1001"], ["--steps", "many"], ["--sampler", "magic"],
      ["--guidance", "none"], ["--text-guidance", "nan"], ["--image-guidance", "1e9"],
      ["--resolution", "1"], ["--resolution", "99999999"], ["--framing", "round"],
      ["--rng", "dice"], ["--threads", "0"], ["--seed", "x"], ["--colour", "red"],
      ["--images", "."],
      ["--again", "in.png"], ["--mask", "m.jpg"], ["--depth", "d.png"], ["--overwrite"],
      ["--quiet", "--verbose"],
    ] {
      try expectFailure(64, base + options)
    }
    try expectFailure(64, ["rum"])
  }

  @Test func outputs() throws {
    let base = asking("--image", "in.png")
    try expectFailure(64, base + ["--output", "in.png"], naming: "replace")
    try expectFailure(64, base + ["--output", "out.jpg"])
    try expectFailure(74, base + ["--output", "none/out.png"], naming: "none")
    try expectFailure(74, base + ["--output", "/proc/out.png"], naming: "/proc")
    try expectFailure(74, base + ["--json", "/dev/full"], naming: "/dev/full")
    try expectFailure(64, base + ["--output", "a.png", "--overlay", "a.png"])
    try expectFailure(
      74, asking("--images", "more", "--output", "file/out"), naming: "file/out"
    ) { folder in
      try AtomicFile.write("x", to: folder + "/file")
      try FileManager.default.createDirectory(
        atPath: folder + "/more", withIntermediateDirectories: true)
      try PNG.write(samplePicture(width: 3, height: 3), to: folder + "/more/a.png")
    }
  }

  @Test func colours() throws {
    for names in [["aqua", "cyan"], ["red", "Red"], ["red"], ["redd", "blue"]] {
      for command in [["dataset", "build", "--output", "out"], ["evaluate"]] {
        try expectFailure(
          64, command + ["--quiet", "--root", ".", "--colors"] + names, naming: "colour")
      }
    }
  }

  @Test func models() throws {
    let base = ask + ["--image", "in.png", "--model", "model"]
    try expectFailure(66, base, naming: "model")
    try expectFailure(65, base, naming: "model") {
      try AtomicFile.write("x", to: $0 + "/model")
    }
    try expectFailure(66, base, naming: "unet") {
      try FileManager.default.createDirectory(
        atPath: $0 + "/model", withIntermediateDirectories: true)
    }
    func damaged(_ code: Int32, _ file: String, _ change: @escaping ([UInt8]) -> [UInt8]?) throws {
      try expectFailure(code, base, naming: file) { folder in
        try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: folder + "/model")
        let path = "\(folder)/model/\(file)"
        let bytes = try InputFile.bytes(at: path, maximumByteCount: 64 << 20)
        try FileManager.default.removeItem(atPath: path)
        if let bytes = change(bytes) { try AtomicFile.write(bytes, to: path) }
      }
    }
    let weights = "unet/diffusion_pytorch_model.safetensors"
    for file in [
      weights, "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
    ] {
      try damaged(65, file) { Array($0[..<($0.count / 2)]) }
    }
    try damaged(65, weights) { Array($0[..<5]) }
    try damaged(65, weights) { _ in [] }
    try damaged(66, weights) { _ in nil }
    for file in [
      "unet/config.json", "vae/config.json", "text_encoder/config.json", "tokenizer/vocab.json",
      "scheduler/scheduler_config.json", "instructcv.json",
    ] {
      try damaged(65, file) { Array($0[..<($0.count / 2)]) }
    }
    try damaged(66, "tokenizer/merges.txt") { _ in nil }
    // A part of another model.
    try expectFailure(65, base, naming: "text_encoder") { folder in
      try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: folder + "/model")
      try TinyModel.write(to: folder + "/wide", textWidth: 48)
      try FileManager.default.removeItem(atPath: folder + "/model/text_encoder/config.json")
      try FileManager.default.moveItem(
        atPath: folder + "/wide/text_encoder/config.json",
        toPath: folder + "/model/text_encoder/config.json")
    }
  }

  /// A limit on the size of files stands in for the full disk; it fails at the same place.
  @Test func fullDisk() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 300, height: 300), to: folder + "/in.png")
      let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      let outcome = try Program.run(
        script: "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"",
        asking("--image", "in.png", "--overlay", "o.png", "--json", "a.json"), in: folder)
      #expect(outcome.code == 74, "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func resultsThatCannotBeWritten() throws {
    try inScratchFolder { folder in
      let outcome = try Program.run(
        script: "\"$0\" \"$@\" > /dev/full", ["model", "inspect", TinyModel.folder], in: folder)
      #expect(outcome.code == 74)
      #expect(outcome.complaints.count == 1)
    }
  }
}
