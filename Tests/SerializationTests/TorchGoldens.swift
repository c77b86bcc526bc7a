import Foundation
import Serialization

/// The checkpoints that `torch.save` wrote, compared with what PyTorch makes of their tensors.
enum TorchGoldens {
  /// Files by the name under which their tensors are expected.
  static let files = [
    "torch-plain.pt", "torch-lightning.ckpt", "torch-lightning-5.ckpt", "torch-types.pt",
    "torch-types-4.pt", "torch-unreadable.pt", "torch-views.pt", "torch-legacy.pt",
    "torch-legacy-4.pt",
  ]

  /// The same checkpoint as `torch-plain.pt`, zipped again.
  static let rezipped = ["torch-rezipped.pt", "torch-no-folder.pt"]

  /// Everything in which `file` differs from what is expected under `name`.
  static func disagreements(_ file: TorchCheckpoint, expectedAs name: String) throws -> [String] {
    let expected = try SafetensorsFile(
      path: SerializationGoldens.path("torch-expected.safetensors"))
    let wanted = expected.entries.filter { $0.name.hasPrefix(name + "/") }
    var result: [String] = []
    if Set(wanted.map { String($0.name.dropFirst(name.count + 1)) }) != Set(file.names) {
      result.append("tensors \(file.names) instead of \(wanted.map(\.name))")
    }
    for tensor in wanted {
      let short = String(tensor.name.dropFirst(name.count + 1))
      guard let entry = file[short] else { continue }
      if entry.shape != tensor.shape { result.append("\(short): shape \(entry.shape)") }
      if entry.type != tensor.type { result.append("\(short): type \(entry.type)") }
      if try bytes(of: entry, in: file) != bytes(of: tensor, in: expected) {
        result.append("\(short): other bytes")
      }
      if try file.floats(short).map(\.bitPattern) != expected.floats(tensor.name).map(\.bitPattern)
      {
        result.append("\(short): other floats")
      }
      if !entry.type.isFloatingPoint,
        try file.integers(short) != expected.integers(tensor.name)
      {
        result.append("\(short): other integers")
      }
    }
    return result
  }

  static func bytes<File: TensorFile>(of entry: File.Entry, in file: File) throws -> [UInt8] {
    try file.withBytes(of: entry, elements: 0..<entry.elementCount) { [UInt8]($0) }
  }

  /// Ranges of the elements of tensor `name` that differ from that part of the whole.
  static func disagreeingRanges(_ file: TorchCheckpoint, _ name: String) throws -> [Range<Int>] {
    let all = try file.floats(name)
    var result: [Range<Int>] = []
    for begin in 0...all.count {
      for end in begin...all.count {
        var part = [Float](repeating: -7, count: end - begin)
        try part.withUnsafeMutableBufferPointer {
          try file.read(name, elements: begin..<end, into: $0)
        }
        if part.map(\.bitPattern) != all[begin..<end].map(\.bitPattern) {
          result.append(begin..<end)
        }
      }
    }
    return result
  }
}
