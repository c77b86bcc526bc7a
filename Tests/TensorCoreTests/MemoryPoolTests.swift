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

  @Test func threadsGetPartsOfOnePiece() async {
    await #expect(processExitsWith: .success) {
      let scratch = ThreadScratch(count: 100, threads: 3)
      let before = MemoryPool.statistics.systemAllocationCount
      var parts: [UnsafeMutablePointer<Float>] = []
      func take(_ count: Int) {
        guard count > 0 else { return }
        scratch.withPart { part in
          part.update(repeating: Float(count), count: 100)
          parts.append(part)
          take(count - 1)
          guard (0..<100).allSatisfy({ part[$0] == Float(count) }) else {
            fatalError("two threads share a part")
          }
        }
      }
      take(3)
      take(3)
      guard MemoryPool.statistics.systemAllocationCount == before, Set(parts).count == 3,
        parts.allSatisfy({ UInt(bitPattern: $0) % 64 == 0 })
      else { fatalError("the parts are not those of one piece") }
      // One thread too many is served, too.
      take(4)
    }
  }
}
