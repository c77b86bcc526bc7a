import Platform

/// What a safetensors header calls the type of a tensor's elements: one that can be read, or one of
/// which only the width is known, so that the tensor's place can be checked like that of any other.
///
/// Source: huggingface/safetensors, `safetensors/src/tensor.rs`, `Dtype`.
struct SafetensorsElementType {
  let name: String
  /// Nil when nothing here converts such elements.
  let readable: StoredElementType?
  private let bitCount: Int

  private static let otherBitCounts = [
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E4M3FNUZ": 8, "F8_E5M2": 8,
    "F8_E5M2FNUZ": 8, "F8_E8M0": 8, "U16": 16, "U32": 32, "U64": 64, "C64": 64,
  ]

  /// - Returns: nil when the format has no type of that name.
  init?(_ name: String) {
    readable = StoredElementType(rawValue: name)
    guard let bitCount = readable.map({ 8 * $0.byteCount }) ?? Self.otherBitCounts[name] else {
      return nil
    }
    self.name = name
    self.bitCount = bitCount
  }

  /// Bytes of so many elements, begun ones too; nil when they exceed `Int`.
  func byteCount(of elementCount: Int) -> Int? {
    guard bitCount % 8 != 0 else { return checkedProduct([elementCount, bitCount / 8]) }
    return checkedProduct([elementCount, bitCount]).map { $0 / 8 + ($0 % 8 == 0 ? 0 : 1) }
  }

  /// What is wrong with a tensor of type `name`, after the tensor's own name.
  static func cannotBeRead(_ name: String) -> String {
    "has elements of type \(quoted(name)), which can't be read; convert it to F32, F16 or BF16"
  }
}
