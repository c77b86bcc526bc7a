import Models
import Platform
import TensorCore

/// The states of texts: made by a text encoder when they are asked for, or of a few texts made before
/// the encoder was let go, which gives its memory to the rest of the model.
public struct TextStates: Sendable {
  public let configuration: TextEncoderConfiguration
  /// nil when it was let go.
  public let encoder: TextEncoder?
  private let made: [[Int32]: Tensor]

  /// States of any text.
  public init(_ encoder: TextEncoder) {
    configuration = encoder.configuration
    self.encoder = encoder
    made = [:]
  }

  /// States of `texts` alone, made now.
  public init(of texts: [[Int32]], by encoder: TextEncoder) {
    configuration = encoder.configuration
    self.encoder = nil
    made = Dictionary(texts.map { ($0, encoder([$0])) }) { first, _ in first }
  }

  /// - Parameter ids: `[N][T]`, as for ``Models/TextEncoder``; only known texts when there is no
  ///   encoder.
  /// - Returns: `[N, T, width]`.
  public func callAsFunction(_ ids: [[Int32]]) -> Tensor {
    if let encoder { return encoder(ids) }
    require(
      ids.allSatisfy { made[$0] != nil },
      "a text is asked for that was not encoded before the encoder was let go")
    return Tensor.batched(ids.compactMap { made[$0] })
  }
}
