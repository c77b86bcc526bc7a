import Foundation
import Kernels
import TestSupport
import Testing

/// Attention whose products are of numbers with 16 bits.
@Suite struct NarrowAttentionTests {
  /// Odd widths and key counts leave half a word over, in a whole tile of keys and in the last one.
  static let cases: [AttentionCase] =
    [
      AttentionCase(queries: 1, keys: 1, width: 1),
      AttentionCase(queries: 3, keys: 200, width: 7),
      AttentionCase(batch: 2, heads: 3, queries: 16, keys: 15, width: 8, gap: 2),
      AttentionCase(batch: 1, heads: 2, queries: 65, keys: 97, width: 3, gap: 1),
      AttentionCase(heads: 2, queries: 30, keys: 77, width: 40),
      AttentionCase(heads: 2, queries: 77, keys: 77, width: 16, isCausal: true),
      AttentionCase(batch: 2, heads: 2, queries: 131, keys: 131, width: 5, isCausal: true, gap: 3),
      AttentionCase(queries: 20, keys: 193, width: 33),
      AttentionCase(queries: 17, keys: 64, width: 160),
      AttentionCase(queries: 30, keys: 100, width: 16, magnitude: 5),
    ]

  /// Rounding to 8 significant bits changes a power by 2^-8 of itself at most, so that an output is
  /// off by 2^-8 of the mean magnitude of its values. The rest is the error of 32 bits.
  @Test(arguments: KernelSelection.available, cases)
  func isThatOfRoundedNumbers(set: InstructionSet, problem: AttentionCase) throws {
    let kernels = try #require(set.kernels)
    let count = kernels.attentionTaskCount(problem.geometry)
    let whole = try #require(
      kernels.attention(problem, tasks: [0..<count], arithmetic: .narrowed),
      "wrote outside its columns")
    let rounded = Self.rounded(problem)
    let expected = rounded.forward()
    var magnitudes = rounded
    magnitudes.value = rounded.value.map(abs)
    let means = magnitudes.forward().output
    let rest = 8e-6 * problem.magnitude * problem.magnitude
    #expect(whole.output.count == expected.output.count)
    for index in whole.output.indices {
      let error = abs(Double(whole.output[index]) - expected.output[index])
      #expect(error <= 0x1p-8 * means[index] + rest)
    }
    expectClose(
      whole.logSumExp, expected.logSumExp, absolute: rest, relative: 1e-6, "log-sum-exp")
    for tasks in splits(count) {
      let again = try #require(kernels.attention(problem, tasks: tasks, arithmetic: .narrowed))
      #expect(again.output == whole.output)
    }
  }

  /// Operands as the kernels round them: queries once they are scaled, to units of ln 2.
  private static func rounded(_ problem: AttentionCase) -> AttentionReference {
    var reference = problem.reference
    let factor = problem.geometry.scale * Float(1 / log(2.0))
    reference.query = problem.query.map { NarrowPanelTests.rounded($0 * factor) }
    reference.key = problem.key.map(NarrowPanelTests.rounded)
    reference.value = problem.value.map(NarrowPanelTests.rounded)
    reference.geometry.scale = Float(log(2.0))
    return reference
  }

  /// All powers are 1 and all values integers of 7 bits, so that nothing is rounded.
  @Test(arguments: KernelSelection.available)
  func equalScoresGiveTheMean(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    var geometry = AttentionCase(queries: 2, keys: 64, width: 3).geometry
    geometry.scale = 1
    let value = (0..<64 * 3).map { Float($0 % 128) }
    var output = [Float](repeating: .nan, count: 6)
    var scratch = [Float](repeating: .nan, count: kernels.attentionScratchCount(geometry))
    kernels.attention(
      tasks: 0..<1, query: [Float](repeating: 0, count: 6),
      key: [Float](repeating: 1, count: 64 * 3), value: value, output: &output, logSumExp: nil,
      geometry: geometry, arithmetic: .narrowed, scratch: &scratch)
    for channel in 0..<3 {
      let mean = (0..<64).reduce(Float(0)) { $0 + value[$1 * 3 + channel] } / 64
      #expect(output[channel] == mean && output[3 + channel] == mean)
    }
  }
}
