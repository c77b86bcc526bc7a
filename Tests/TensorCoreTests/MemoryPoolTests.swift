import TensorCore
import Testing

/// In a process of its own, because the pool is shared by all tests that run at once.
@Suite struct MemoryPoolTests {
  @Test func aWarmLoopAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      let weight = Parameter(name: "w", value: .full([64, 64], 0.01))
      func step() {
        weight.gradient = nil
        GradientTape.record { tape in
          let x = Tensor.full([128, 64], 1)
          tape.backward(from: x.linear(.parameter(weight), bias: nil, activation: .silu).mean())
        }
      }
      step()
      step()
      let before = MemoryPool.statistics.systemAllocationCount
      for _ in 0..<5 { step() }
      guard MemoryPool.statistics.systemAllocationCount == before else {
        fatalError("the pool grew")
      }
    }
  }
}
