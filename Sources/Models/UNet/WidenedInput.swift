import Layers

/// A UNet checkpoint whose first convolution is given further input channels that start at zero, so
/// that it first computes what it did without them (InstructPix2Pix, section 3.2).
public struct WidenedInput: StoredTensors {
  /// The one tensor that changes.
  public static let tensorName = "conv_in.weight"
  private let base: any StoredTensors
  private let inputChannels: Int

  /// - Parameter inputChannels: how many `conv_in` shall have; a checkpoint that has as many
  ///   already is passed on as it is.
  public init(_ base: any StoredTensors, inputChannels: Int) {
    self.base = base
    self.inputChannels = inputChannels
  }

  public var tensorNames: [String] { base.tensorNames }

  public func storedShape(of name: String) -> [Int]? {
    guard let shape = base.storedShape(of: name), isWidened(name, shape) else {
      return base.storedShape(of: name)
    }
    return [shape[0], inputChannels, shape[2], shape[3]]
  }

  public func storedFloats(of name: String) throws -> [Float] {
    let floats = try base.storedFloats(of: name)
    guard let shape = base.storedShape(of: name), isWidened(name, shape) else { return floats }
    let kept = shape[1] * shape[2] * shape[3]
    let added = (inputChannels - shape[1]) * shape[2] * shape[3]
    var result: [Float] = []
    result.reserveCapacity(shape[0] * (kept + added))
    for start in stride(from: 0, to: floats.count, by: max(kept, 1)) {
      result += floats[start..<min(start + kept, floats.count)]
      result += repeatElement(0, count: added)
    }
    return result
  }

  private func isWidened(_ name: String, _ shape: [Int]) -> Bool {
    name == Self.tensorName && shape.count == 4 && shape[1] < inputChannels
  }
}
