import Layers
import TensorCore

/// Multi-head attention with the projections of diffusers' `Attention`.
struct CrossAttention: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let headCount: Int

  /// - Parameter contextWidth: channels of what is attended to; `width` itself for self-attention.
  init(_ scope: WeightScope, width: Int, contextWidth: Int, headCount: Int) {
    query = Linear(scope.child("to_q"), inputs: width, outputs: width, hasBias: false)
    key = Linear(scope.child("to_k"), inputs: contextWidth, outputs: width, hasBias: false)
    value = Linear(scope.child("to_v"), inputs: contextWidth, outputs: width, hasBias: false)
    output = Linear(scope.child("to_out.0"), inputs: width, outputs: width)
    self.headCount = headCount
  }

  /// The keys and values `[N, S, width]` of a context `[N, S, contextWidth]`.
  func keysAndValues(of context: Tensor) -> KeysAndValues {
    KeysAndValues(keys: key(context), values: value(context))
  }

  /// - Parameters:
  ///   - x: `[N, T, width]`.
  ///   - residual: `[N, T, width]`, added.
  func callAsFunction(_ x: Tensor, _ context: KeysAndValues, residual: Tensor) -> Tensor {
    let mixed = Tensor.attention(
      query: query(x), key: context.keys, value: context.values, headCount: headCount,
      beside: output.weight)
    return output(mixed, residual: residual)
  }
}

/// What attention reads: `[N, S, width]` each.
struct KeysAndValues: Sendable {
  let keys: Tensor
  let values: Tensor
}
