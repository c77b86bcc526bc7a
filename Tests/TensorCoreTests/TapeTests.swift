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

  @Test func mismatchesStopWithBothShapes() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2]) + Tensor.zeros([3]) }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).reshaped([7]) }
  }
}
