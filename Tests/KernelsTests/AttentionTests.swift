import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct AttentionTests {
  /// All head widths of the models, ragged ones, whole and partial query blocks and key tiles.
  static let cases: [AttentionCase] =
    [16, 24, 32, 40, 48, 64, 80, 160].map { AttentionCase(queries: 70, keys: 70, width: $0) } + [
      AttentionCase(batch: 2, heads: 3, queries: 16, keys: 16, width: 8, gap: 2),
      AttentionCase(batch: 2, heads: 2, queries: 64, keys: 77, width: 40, gap: 1),
      AttentionCase(batch: 1, heads: 4, queries: 77, keys: 77, width: 16, isCausal: true),
      AttentionCase(batch: 2, heads: 2, queries: 131, keys: 131, width: 5, isCausal: true, gap: 3),
      AttentionCase(queries: 256, keys: 256, width: 32),
      AttentionCase(queries: 40, keys: 30, width: 512),
      AttentionCase(queries: 1, keys: 1, width: 1),
      AttentionCase(queries: 3, keys: 200, width: 7),
      AttentionCase(batch: 3, heads: 1, queries: 129, keys: 1, width: 33, gap: 5),
      AttentionCase(queries: 65, keys: 129, width: 3),
      AttentionCase(queries: 30, keys: 100, width: 16, magnitude: 20),
    ]

  @Test(arguments: KernelSelection.available, cases)
  func equalsDefinition(set: InstructionSet, problem: AttentionCase) throws {
    let kernels = try #require(set.kernels)
    let count = kernels.attentionTaskCount(problem.geometry)
    let whole = try #require(
      kernels.attention(problem, tasks: [0..<count]), "wrote outside its columns")
    let expected = problem.reference.forward()
    // Scores of size s carry an error of about s * 2^-23, which the exponential makes relative.
    let tolerance = 2e-6 * problem.magnitude * problem.magnitude
    expectClose(whole.output, expected.output, absolute: tolerance * 4, "output")
    expectClose(
      whole.logSumExp, expected.logSumExp, absolute: tolerance, relative: 1e-6, "log-sum-exp")
    for tasks in splits(count) {
      let again = try #require(kernels.attention(problem, tasks: tasks))
      #expect(again.output == whole.output)
      #expect(again.logSumExp == whole.logSumExp)
    }
    let inference = try #require(
      kernels.attention(problem, tasks: [0..<count], keepsLogSumExp: false))
    #expect(inference.output == whole.output)
    #expect(inference.logSumExp.allSatisfy { $0.isNaN })
  }

  @Test(arguments: KernelSelection.available, cases)
  func gradientsEqualDefinition(set: InstructionSet, problem: AttentionCase) throws {
    let kernels = try #require(set.kernels)
    let forward = try #require(
      kernels.attention(problem, tasks: [0..<kernels.attentionTaskCount(problem.geometry)]))
    let expected = problem.reference.gradients(doubles(problem.upstream))
    let pairs = problem.batch * problem.heads
    let whole = try #require(
      kernels.attentionGradients(
        problem, output: forward.output, logSumExp: forward.logSumExp, heads: [0..<pairs]))
    let size = expected.query.reduce(1) { max($0, abs($1)) }
    let tolerance = 1e-5 * size * problem.magnitude
    expectClose(whole.query, expected.query, absolute: tolerance, "query gradient")
    expectClose(whole.key, expected.key, absolute: tolerance, "key gradient")
    expectClose(whole.value, expected.value, absolute: tolerance, "value gradient")
    for heads in splits(pairs) {
      let again = try #require(
        kernels.attentionGradients(
          problem, output: forward.output, logSumExp: forward.logSumExp, heads: heads))
      #expect(again == whole)
    }
  }

  @Test func referenceGradientsMatchDifferences() {
    let problem = AttentionCase(batch: 1, heads: 2, queries: 5, keys: 5, width: 3, isCausal: true)
    let upstream = doubles(problem.upstream)
    let reference = problem.reference
    let gradients = reference.gradients(upstream)
    func loss(_ changed: AttentionReference) -> Double {
      zip(changed.forward().output, upstream).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let parts: [(WritableKeyPath<AttentionReference, [Float]>, [Double])] = [
      (\.query, gradients.query), (\.key, gradients.key), (\.value, gradients.value),
    ]
    for (operand, gradient) in parts {
      let direction = normalValues(gradient.count, seed: 9)
      var forward = reference
      var backward = reference
      let step: Float = 0x1p-10
      for index in direction.indices {
        forward[keyPath: operand][index] += step * direction[index]
        backward[keyPath: operand][index] -= step * direction[index]
      }
      // What the operands really moved by, after rounding.
      let predicted = direction.indices.reduce(0.0) {
        let moved =
          Double(forward[keyPath: operand][$1]) - Double(backward[keyPath: operand][$1])
        return $0 + gradient[$1] * moved
      }
      expectClose([loss(forward) - loss(backward)], [predicted], absolute: 1e-7, relative: 1e-5)
    }
  }

  @Test(arguments: KernelSelection.available)
  func extremeScoresStayFinite(set: InstructionSet) throws {
    // Scores of thousands: all weight on the largest key, nothing overflows.
    let kernels = try #require(set.kernels)
    let problem = AttentionCase(queries: 20, keys: 90, width: 16, magnitude: 300)
    let result = try #require(kernels.attention(problem, tasks: [0..<1]))
    let expected = problem.reference.forward()
    expectClose(result.output, expected.output, absolute: 0.1, "output")
    expectClose(result.logSumExp, expected.logSumExp, absolute: 0, relative: 1e-6, "log-sum-exp")
    let gradients = try #require(
      kernels.attentionGradients(
        problem, output: result.output, logSumExp: result.logSumExp, heads: [0..<1]))
    #expect((gradients.query + gradients.key + gradients.value).allSatisfy { $0.isFinite })
  }

  @Test(arguments: KernelSelection.available)
  func noKeysGiveZeros(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    var geometry = AttentionCase(queries: 3, keys: 1, width: 4).geometry
    geometry.keyCount = 0
    var output = [Float](repeating: .nan, count: 12)
    var dq = output
    var empty: [Float] = []
    var logSumExp = [Float](repeating: .nan, count: 3)
    var scratch = [Float](repeating: .nan, count: kernels.attentionScratchCount(geometry))
    let query = normalValues(12, seed: 1)
    kernels.attention(
      tasks: 0..<1, query: query, key: [], value: [], output: &output, logSumExp: &logSumExp,
      geometry: geometry, arithmetic: .widened, scratch: &scratch)
    #expect(output == [Float](repeating: 0, count: 12))
    #expect(logSumExp.allSatisfy { $0 == -.infinity })
    var other: [Float] = []
    kernels.attentionGradient(
      heads: 0..<1, query: query, key: [], value: [], output: output, logSumExp: logSumExp,
      outputGradient: query, queryGradient: &dq, keyGradient: &empty, valueGradient: &other,
      geometry: geometry, scratch: &scratch)
    #expect(dq == [Float](repeating: 0, count: 12))
  }

  @Test(arguments: KernelSelection.available, ProductArithmetic.allCases)
  func invalidNumbersShow(set: InstructionSet, arithmetic: ProductArithmetic) throws {
    // A NaN in one key reaches every query of its head, and no other head.
    let kernels = try #require(set.kernels)
    let geometry = AttentionCase(heads: 2, queries: 20, keys: 20, width: 8).geometry
    let query = normalValues(20 * 16, seed: 1)
    var key = normalValues(20 * 16, seed: 2)
    key[7 * 16 + 9] = .nan
    let value = normalValues(20 * 16, seed: 3)
    var output = [Float](repeating: 0, count: 20 * 16)
    var scratch = [Float](repeating: 0, count: kernels.attentionScratchCount(geometry))
    kernels.attention(
      tasks: 0..<2, query: query, key: key, value: value, output: &output, logSumExp: nil,
      geometry: geometry, arithmetic: arithmetic, scratch: &scratch)
    for (index, number) in output.enumerated() { #expect(number.isNaN == (index % 16 >= 8)) }
  }
}
