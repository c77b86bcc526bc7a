/// Runs `body` without keeping what its backward needs, and runs it again when the backward comes:
/// memory for time. Gradients are those of `body` run directly, bit for bit.
///
/// To the tape this is one operation on `inputs` and on the parameters that `body` reads. So a
/// parameter that several bodies share, or that is read outside of them too, keeps its value until
/// the last of them was run again.
///
/// - Parameter body: a pure function of `inputs` and of parameters.
public func checkpointed(_ inputs: [Tensor], _ body: @escaping ([Tensor]) -> Tensor) -> Tensor {
  guard let tape = GradientTape.current else { return body(inputs) }
  let (output, parameters) = ParameterReads.listed { body(inputs.map { $0.detached() }) }
  let indices =
    inputs.map { tape.index(of: $0) } + parameters.map { tape.leafIndex(of: $0) }
  let index = tape.append(
    GradientTape.Node(
      name: "checkpoint", inputs: indices, saved: inputs.map { $0.detached() },
      backward: { upstream, saved in
        GradientTape.record { inner in
          let variables = saved.map { inner.watching($0) }
          let again = body(variables)
          guard inner.index(of: again) != nil else { return indices.map { _ in nil } }
          var gradients: [ObjectIdentifier: Tensor] = [:]
          inner.backward(from: again, upstream: upstream) {
            gradients[ObjectIdentifier($0)] = $1
          }
          return variables.map { inner.gradient(of: $0) }
            + parameters.map { gradients[ObjectIdentifier($0)] }
        }
      }, parameter: nil))
  return output.placed(at: tape.position(index))
}
