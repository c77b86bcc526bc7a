import Platform
import TensorCore

/// The order in which examples are drawn: every epoch is a fresh permutation that depends only on
/// the seed and the epoch, so a position is two integers and a resumed run goes on exactly.
public struct ExampleOrder: Sendable {
  private let count: Int
  private let stream: RandomStream
  /// Examples drawn so far.
  public private(set) var position: Int
  private var epoch = -1
  private var permutation: [Int32] = []

  /// - Precondition: `count` is positive, `position` isn't negative.
  public init(count: Int, seed: UInt64, position: Int = 0) {
    require(
      (1...Int(Int32.max)).contains(count) && position >= 0,
      "\(count) examples can't be drawn from position \(position)")
    self.count = count
    self.position = position
    stream = RandomStream(seed: seed, stream: 0x6f72_6465)
  }

  /// The next example's index.
  public mutating func next() -> Int {
    let current = position / count
    if current != epoch {
      var random = stream.substream(UInt64(current))
      permutation = Array(0..<Int32(count))
      permutation.shuffle(using: &random)
      epoch = current
    }
    defer { position += 1 }
    return Int(permutation[position % count])
  }
}
