import TensorCore
import TestSupport
import Testing

@Suite struct TapeTests {
  @Test func nothingIsRecordedOutside() {
    let parameter = Parameter(name: "p", value: .full([2], 3))
    let y = parameter.tensor * parameter.tensor
    #expect(y.floats == [9, 9])
    #expect(parameter.gradient == nil)
  }

  @Test func gradientsAddUpAcrossTapes() {
    let parameter = Parameter(name: "p", value: .full([2], 3))
    for _ in 0..<2 {
      GradientTape.record { $0.backward(from: parameter.tensor * parameter.tensor) }
    }
    #expect(parameter.gradient?.floats == [12, 12])
  }

  @Test func frozenParametersGetNone() {
    let frozen = Parameter(name: "f", value: .full([2], 3), isTrainable: false)
    let free = Parameter(name: "g", value: .full([2], 2))
    GradientTape.record { $0.backward(from: frozen.tensor * free.tensor) }
    #expect(frozen.gradient == nil && free.gradient?.floats == [3, 3])
  }

  @Test func savedBytesAreCounted() {
    let parameter = Parameter(name: "p", value: .full([100], 3))
    GradientTape.record { tape in
      _ = parameter.tensor * parameter.tensor
      #expect(tape.savedByteCount == 800)
    }
  }

  @Test func longChainsAreReleased() {
    let parameter = Parameter(name: "p", value: .full([1], 1))
    GradientTape.record { _ in
      var x = parameter.tensor
      for _ in 0..<100_000 { x = x.affine(scale: 1, offset: 0) }
    }
    GradientTape.record { tape in
      var x = parameter.tensor
      for _ in 0..<100_000 { x = x.affine(scale: 1, offset: 0) }
      tape.backward(from: x)
    }
    #expect(parameter.gradient?.floats == [1])
  }

  @Test func checkpointingChangesNoBit() {
    let weight = GradientTests.parameter("weight", [6, 6], 1)
    let x = GradientTests.normal([4, 6], 2)
    func body(_ inputs: [Tensor]) -> Tensor {
      inputs[0].linear(.parameter(weight), bias: nil, activation: .gelu)
        .linear(.parameter(weight), bias: nil)
    }
    func gradients(_ checkpointing: Bool) -> ([Float]?, [Float]?, Int) {
      weight.gradient = nil
      return GradientTape.record { tape in
        let variable = tape.watching(x)
        let y = checkpointing ? checkpointed([variable], body) : body([variable])
        let saved = tape.savedByteCount
        tape.backward(from: y)
        return (tape.gradient(of: variable)?.floats, weight.gradient?.floats, saved)
      }
    }
    let direct = gradients(false)
    let again = gradients(true)
    #expect(direct.0 == again.0 && direct.1 == again.1)
    #expect(again.2 < direct.2)
  }

  /// Parameters read by one operation, by several, and by two checkpointed bodies: each is delivered
  /// once, whole, and whoever changes it at once spoils no gradient that comes later.
  @Test(arguments: [false, true])
  func aDeliveredParameterMayBeChangedAtOnce(checkpointing: Bool) {
    let names = ["first", "shared", "last", "frozen"]
    let x = GradientTests.normal([4, 6], 2)
    func gradients(changing: Bool) -> (order: [String], gradients: [[Float]], copies: Int) {
      let weights = names.enumerated().map {
        GradientTests.parameter($1, [6, 6], UInt64($0) + 3)
      }
      weights[3].isTrainable = false
      func body(_ inner: Int) -> ([Tensor]) -> Tensor {
        { inputs in
          inputs[0].linear(.parameter(weights[inner]), bias: nil, activation: .gelu)
            .linear(.parameter(weights[1]), bias: nil)
            .linear(.parameter(weights[3]), bias: nil)
        }
      }
      var order: [String] = []
      var found = [[Float]](repeating: [], count: names.count)
      var copies = 0
      GradientTape.record { tape in
        var y = x
        for inner in [0, 1, 2] {
          y = checkpointing ? checkpointed([y], body(inner)) : body(inner)([y])
        }
        tape.backward(from: y) { parameter, gradient in
          order.append(parameter.name)
          found[names.firstIndex(of: parameter.name) ?? 0] += gradient.floats
          guard changing else { return }
          let address = parameter.value.withFloats { $0.baseAddress }
          parameter.value.withMutableFloats { values in
            if UnsafePointer(values.baseAddress) != address { copies += 1 }
            values.update(repeating: .nan)
          }
        }
      }
      #expect(weights.allSatisfy { $0.gradient == nil })
      return (order, found, copies)
    }
    let kept = gradients(changing: false)
    let changed = gradients(changing: true)
    #expect(
      kept.order == ["last", "shared", "first"] || kept.order == ["last", "first", "shared"])
    #expect(changed.order == kept.order && changed.gradients == kept.gradients)
    #expect(kept.gradients.prefix(3).allSatisfy { $0.count == 36 && $0.allSatisfy(\.isFinite) })
    #expect(changed.copies == 0)
  }

  @Test func mismatchesStopWithBothShapes() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2]) + Tensor.zeros([3]) }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).reshaped([7]) }
  }
}
