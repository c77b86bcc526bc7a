import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization
import Testing

/// The golden model in all layouts, and copies of it that a test may spoil.
enum LayoutFolder {
  static let wholeModels = [
    "today", "older", "sharded", "checkpoints/training.ckpt", "checkpoints/answering.ckpt",
    "checkpoints/renamed.ckpt",
  ]

  static func path(_ name: String = "") throws -> String {
    try DiffusionGolden.folder() + "layouts/" + name
  }

  /// Calls `body` with a copy of the golden folder `name`, removed afterwards.
  static func withCopy<R>(of name: String, _ body: (String) throws -> R) throws -> R {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-layout-\(UUID().uuidString)").path
    try FileManager.default.copyItem(atPath: path(name), toPath: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    return try body(copy)
  }

  /// The weights of one part by name.
  static func weights<C>(_ part: OpenedPart<C>?) throws -> [String: [Float]] {
    let tensors = try #require(part?.tensors)
    return try Dictionary(
      uniqueKeysWithValues: tensors.tensorNames.map { ($0, try tensors.storedFloats(of: $0)) })
  }

  /// All tensors of a safetensors file by name, with their types and bytes.
  static func contents(_ path: String) throws -> [String: [String]] {
    let file = try SafetensorsFile(path: path)
    return try Dictionary(
      uniqueKeysWithValues: file.entries.map { entry in
        (
          entry.name,
          [
            entry.type.rawValue, "\(entry.shape)",
            try file.withBytes(of: entry.name) { "\(Array($0))" },
          ]
        )
      })
  }

  /// The tensors of the file at `path`, of any format, by name.
  static func tensors(_ path: String) throws -> [String: (shape: [Int], floats: [Float])] {
    let tensors = GatheredTensors(try TensorFileFormat.openFile(at: path))
    return try Dictionary(
      uniqueKeysWithValues: tensors.tensorNames.map {
        ($0, (try #require(tensors.storedShape(of: $0)), try tensors.storedFloats(of: $0)))
      })
  }

  /// Writes `tensors` as a safetensors file.
  static func write(
    _ tensors: [String: (shape: [Int], floats: [Float])], to path: String
  ) throws {
    var writer = SafetensorsWriter()
    for (name, tensor) in tensors {
      writer.add(name, shape: tensor.shape, floats: tensor.floats)
    }
    try writer.write(to: path)
  }

  /// Makes whole numbers of some tensors of the safetensors file at `path`.
  static func makeIntegers(_ names: [String], of path: String) throws {
    let file = try SafetensorsFile(path: path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for entry in file.entries {
      if names.contains(entry.name) {
        writer.add(
          entry.name, shape: entry.shape, type: .int32,
          integers: Array(repeating: 7, count: entry.elementCount))
      } else {
        try writer.add(copying: entry.name, of: file)
      }
    }
    try writer.write(to: path)
  }

  /// Adds a tensor of `byteCount` zero bytes to the safetensors file at `path`, of any type.
  static func append(
    _ name: String, type: String, shape: [Int], byteCount: Int, to path: String
  ) throws {
    let file = try InputFile.bytes(at: path, maximumByteCount: 1 << 20)
    let start = 8 + file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let end = file.count - start
    let entry =
      #","\#(name)":{"dtype":"\#(type)","shape":\#(shape),"#
      + #""data_offsets":[\#(end),\#(end + byteCount)]}}"#
    let header = Array(
      (String(decoding: file[8..<start], as: UTF8.self)
        .trimmingCharacters(in: .whitespaces).dropLast() + entry).utf8)
    let length = withUnsafeBytes(of: UInt64(header.count)) { Array($0) }
    try AtomicFile.write(
      length + header + file[start...] + [UInt8](repeating: 0, count: byteCount), to: path)
  }

  /// Writes the tensors of the safetensors file at `path` again, changed by `change`.
  static func rewrite(
    _ path: String, _ change: (inout [String: (shape: [Int], floats: [Float])]) -> Void
  ) throws {
    let file = try SafetensorsFile(path: path)
    var tensors: [String: (shape: [Int], floats: [Float])] = [:]
    for entry in file.entries { tensors[entry.name] = (entry.shape, try file.floats(entry.name)) }
    change(&tensors)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for (name, tensor) in tensors {
      writer.add(name, shape: tensor.shape, floats: tensor.floats)
    }
    try writer.write(to: path)
  }
}
