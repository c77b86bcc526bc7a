import TensorCore
import TestSupport
import Testing

@Suite struct TensorTests {
  @Test func copiesShareUntilWritten() {
    let a = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    var b = a[leading: 1..<3]
    #expect(b.floats == [3, 4, 5, 6])
    b.withMutableFloats { $0[0] = 9 }
    #expect(b.floats == [9, 4, 5, 6])
    #expect(a.floats == [1, 2, 3, 4, 5, 6])
  }

  @Test func emptyTensorsWork() {
    let empty = Tensor.zeros([0, 4])
    #expect((empty + empty).floats.isEmpty)
    #expect(empty.sum() == 0)
  }

  @Test func reductionsDoNotDependOnThreads() {
    let x = GradientTests.normal([300_001], 3)
    let weight = GradientTests.parameter("w", [33, 129], 4)
    let y = GradientTests.normal([517, 129], 5)
    var results: [[Double]] = []
    for threads in [1, 2, 3] {
      Parallel.configure(threads: threads)
      let product = y.linear(.parameter(weight), bias: nil)
      results.append([x.sum(), x.sumOfSquares()] + product.floats.map(Double.init))
    }
    Parallel.configure(threads: Parallel.availableThreadCount)
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test func randomNumbersAreWhatTheGeneratorSays() {
    // First block of Philox 4x32-10 for counter and key zero, from the paper's test vectors.
    var stream = RandomStream(seed: 0)
    #expect(
      (0..<4).map { _ in stream.nextWord() } == [
        0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8,
      ])
    var resumed = RandomStream(seed: 0, position: 2)
    #expect(resumed.nextWord() == 0xbc57_ac4c)
    var normals = RandomStream(seed: 5)
    let values = (0..<20_000).map { _ in normals.normal() }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
  }
}
