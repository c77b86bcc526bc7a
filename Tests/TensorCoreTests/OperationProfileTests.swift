import TensorCore
import TestSupport
import Testing

@Suite struct OperationProfileTests {
  @Test func countsCallsAndArithmeticByPhase() {
    let weight = GradientTests.parameter("w", [8, 16], 1)
    let x = GradientTests.normal([10, 16], 2)
    let (_, entries) = OperationProfile.record {
      GradientTape.record { tape in
        let y = tape.watching(x).linear(.parameter(weight), bias: nil, activation: .silu)
        tape.backward(from: (y * y).mean())
      }
    }
    func entry(_ name: String, _ phase: OperationProfile.Phase) -> OperationProfile.Entry? {
      entries.first { $0.name == name && $0.phase == phase }
    }
    let product = 2.0 * 10 * 16 * 8
    #expect(entry("linear", .forward)?.callCount == 1)
    #expect(entry("linear", .forward)?.operationCount == product)
    for name in ["linear", "linear: weight gradient"] {
      #expect(entry(name, .backward)?.shape == "10 x 16 -> 8")
    }
    #expect(entry("linear", .forward)?.byteCount == 4 * (10 * 16 + 16 * 8 + 10 * 8))
    #expect(entry("linear", .backward)?.operationCount == product)
    #expect(entry("linear: weight gradient", .backward)?.operationCount == product)
    #expect(entry("multiply", .backward)?.callCount == 1)
    #expect(entry("activate", .backward)?.callCount == 1)
    #expect(entries.allSatisfy { $0.seconds >= 0 && $0.seconds.isFinite })
    #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.seconds >= $1.seconds })
  }

  @Test func measuredBlocksReturnTheirResult() {
    #expect(OperationProfile.measure("block") { 7 } == 7)
    let (result, entries) = OperationProfile.record { OperationProfile.measure("block") { 8 } }
    #expect(result == 8 && entries.map(\.name) == ["block"])
  }
}
