import Foundation
import Imaging
import Platform
import Serialization
import Testing

/// Bad weights as a user meets them: the built program tells all that is wrong in one line, leaves
/// with code 65, and needs neither much memory nor much time for that.
@Suite(.serialized) struct HostileWeightTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    /// Pieces of the line.
    let complaints: [String]
    let spoil: @Sendable (_ model: String) throws -> Void

    init(
      _ name: String, _ code: Int32, _ complaints: [String],
      spoil: @escaping @Sendable (String) throws -> Void
    ) {
      testDescription = name
      self.code = code
      self.complaints = complaints
      self.spoil = spoil
    }

    init(
      _ name: String, _ complaints: [String], spoil: @escaping @Sendable (String) throws -> Void
    ) {
      self.init(name, 65, complaints, spoil: spoil)
    }
  }

  private typealias Tensors = [String: (shape: [Int], floats: [Float])]

  private static let unet = "/unet/diffusion_pytorch_model.safetensors"
  private static let autoencoder = "/vae/diffusion_pytorch_model.safetensors"
  private static let textEncoder = "/text_encoder/model.safetensors"

  private static func rewrite(_ path: String, _ change: (inout Tensors) -> Void) throws {
    let file = try SafetensorsFile(path: path)
    var tensors: Tensors = [:]
    for entry in file.entries { tensors[entry.name] = (entry.shape, try file.floats(entry.name)) }
    change(&tensors)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for (name, tensor) in tensors { writer.add(name, shape: tensor.shape, floats: tensor.floats) }
    try writer.write(to: path)
  }

  /// Changes the text of a safetensors header and its length with it.
  private static func rewriteHeader(
    _ path: String, length: UInt64? = nil, _ change: (String) -> String = { $0 }
  ) throws {
    let file = try InputFile.bytes(at: path, maximumByteCount: 64 << 20)
    let end = 8 + file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = Array(change(String(decoding: file[8..<end], as: UTF8.self)).utf8)
    let prefix = withUnsafeBytes(of: length ?? UInt64(header.count)) { Array($0) }
    try AtomicFile.write(prefix + header + file[end...], to: path)
  }

  private static func replace(_ path: String, _ old: String, _ new: String) throws {
    let text = try InputFile.text(at: path)
    #expect(text.contains(old))
    try AtomicFile.write(text.replacing(old, with: new, maxReplacements: 1), to: path)
  }

  /// A pickle of protocol 2 that asks for a command to be run: `os.system("touch ...")`.
  private static func attack(_ command: String) -> [UInt8] {
    [0x80, 2] + Array("cos\nsystem\nX".utf8) + [UInt8(command.utf8.count), 0, 0, 0]
      + Array(command.utf8) + [0x85, UInt8(ascii: "R"), UInt8(ascii: ".")]
  }

  static let cases: [Case] = [
    Case("truncated weights", ["unet/diffusion_pytorch_model.safetensors: ", "fetch it again"]) {
      let bytes = try InputFile.bytes(at: $0 + unet, maximumByteCount: 64 << 20)
      try AtomicFile.write(Array(bytes.dropLast(100)), to: $0 + unet)
    },
    Case("a lying header", ["damaged at its start; fetch it again"]) {
      try rewriteHeader($0 + unet, length: 1 << 60)
    },
    Case("a shape that overflows", ["has a shape", "that is too large"]) {
      try rewriteHeader($0 + autoencoder) {
        $0.replacing("\"shape\":[", with: "\"shape\":[4611686018427387904,4,", maxReplacements: 1)
      }
    },
    Case("overlapping and out of range", ["tensors \"", "overlap", "lies at 0..<99999999999 of"]) {
      try rewriteHeader($0 + unet) { header in
        let moved = header.replacing(
          /"data_offsets":\[\d+,/, with: "\"data_offsets\":[0,", maxReplacements: 3)
        return moved.replacing(
          /"data_offsets":\[0,\d+\]/, with: "\"data_offsets\":[0,99999999999]", maxReplacements: 1)
      }
    },
    Case("a tensor twice", ["tensor \"conv_in.bias\" appears twice"]) {
      try rewriteHeader($0 + unet) { header in
        let entry =
          header.firstMatch(of: /"conv_in.bias":\{[^}]*\}/).map { String($0.output) } ?? ""
        #expect(!entry.isEmpty)
        return "{" + entry + "," + header.dropFirst()
      }
    },
    Case("a Git-LFS pointer", ["unet/diffusion_pytorch_model.safetensors: is a Git-LFS pointer"]) {
      try AtomicFile.write("version https://git-lfs.github.com/spec/v1\noid", to: $0 + unet)
    },
    Case(
      "a pickle that calls something",
      ["would have Python call \"os.system\"", "was not called", "a source you trust"]
    ) {
      try FileManager.default.removeItem(atPath: $0 + textEncoder)
      try AtomicFile.write(
        attack("touch \($0)/called"), to: $0 + "/text_encoder/pytorch_model.bin")
    },
    Case("a shard outside", ["names \"../../../etc/passwd\", which leaves its folder"]) {
      try FileManager.default.removeItem(atPath: $0 + unet)
      try AtomicFile.write(
        #"{"metadata": {}, "weight_map": {"conv_in.bias": "../../../etc/passwd"}}"#,
        to: $0 + unet + ".index.json")
    },
    Case("an absent shard", 66, ["unet/none.safetensors: can't be opened"]) {
      try FileManager.default.removeItem(atPath: $0 + unet)
      try AtomicFile.write(
        #"{"weight_map": {"conv_in.bias": "none.safetensors"}}"#, to: $0 + unet + ".index.json")
    },
    Case("a tensor missing and one too many", ["1 missing (conv_out.bias)", "1 unexpected (more)"])
    {
      try rewrite($0 + unet) {
        $0["conv_out.bias"] = nil
        $0["more"] = ([1], [1])
      }
    },
    Case("NaN", ["element 1 of tensor \"conv_out.bias\" is nan"]) {
      try rewrite($0 + unet) { $0["conv_out.bias"]?.floats[1] = .nan }
    },
    Case(
      "a text encoder of another width",
      ["texts of width 32, but the text encoder writes 48; they belong to different models"]
    ) { model in
      try TinyModel.write(to: model + "-wide", textWidth: 48)
      try FileManager.default.removeItem(atPath: model + "/text_encoder")
      try FileManager.default.moveItem(
        atPath: model + "-wide/text_encoder", toPath: model + "/text_encoder")
      try FileManager.default.removeItem(atPath: model + "-wide")
    },
    Case(
      "all of it",
      [
        "6 things are wrong: ", "has a malformed header", "does not fit its configuration",
        "element 0 of tensor \"encoder.conv_in.bias\" is nan", "tokenizer/merges.txt: is a Git-LFS",
        "scheduler/scheduler_config.json: impossible scheduler configuration",
        "instructcv.json: is not a model card",
      ]
    ) { model in
      try rewriteHeader(model + textEncoder) { "{" + $0 }
      try rewrite(model + autoencoder) {
        $0["encoder.conv_in.bias"]?.floats[0] = .nan
        $0["more"] = ([1], [1])
      }
      try AtomicFile.write("version https://git-lfs", to: model + "/tokenizer/merges.txt")
      try AtomicFile.write("{\"beta_start\": 2}", to: model + "/scheduler/scheduler_config.json")
      try AtomicFile.write("[]", to: model + "/instructcv.json")
    },
  ]

  @Test(arguments: cases) func isToldInOneLine(_ hostile: Case) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 30, height: 20), to: folder + "/in.png")
      try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: folder + "/model")
      try hostile.spoil(folder + "/model")
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      // 4 GB of addresses and 20 seconds of processor time are far more than a good model takes.
      let outcome = try Program.run(
        script: "ulimit -v 4000000 -t 20; exec \"$0\" \"$@\"",
        [
          "run", "--quiet", "--instruction", "Segment the dog", "--image", "in.png", "--model",
          "model",
        ], in: folder)
      #expect(outcome.code == hostile.code, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(
        outcome.complaints.count == 1 && outcome.errors.utf8.count < 2000, "\(outcome.errors)")
      for complaint in hostile.complaints {
        #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
      }
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before)
    }
  }
}
