import Kernels
import TensorCore
import TestSupport
import Testing

/// One attention problem with seeded operands, which lie in matrices with `gap` foreign columns
/// (NaN) on either side.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  var batch = 1
  var heads = 1
  var queries: Int
  var keys: Int
  var width: Int
  var isCausal = false
  var gap = 0
  var magnitude = 1.0

  var testDescription: String {
    "\(batch)x\(heads) heads of \(width), \(queries) queries, \(keys) keys"
      + (isCausal ? ", causal" : "") + (gap > 0 ? ", gap \(gap)" : "")
      + (magnitude == 1 ? "" : ", magnitude \(magnitude)")
  }

  var rowWidth: Int { heads * width }
  var stride: Int { rowWidth + 2 * gap }

  /// Strides differ so that a mixed-up one shows.
  var geometry: AttentionGeometry {
    AttentionGeometry(
      batch: batch, headCount: heads, queryCount: queries, keyCount: keys, headWidth: width,
      queryLeadingDimension: stride, keyLeadingDimension: stride + gap,
      valueLeadingDimension: stride + 2 * gap, outputLeadingDimension: stride + 3 * gap,
      scale: Float(1 / Double(max(1, width)).squareRoot()), isCausal: isCausal)
  }

  var query: [Float] { normalValues(batch * queries * rowWidth, seed: 1, scale: magnitude) }
  var key: [Float] { normalValues(batch * keys * rowWidth, seed: 2, scale: magnitude) }
  var value: [Float] { normalValues(batch * keys * rowWidth, seed: 3) }
  var upstream: [Float] { normalValues(batch * queries * rowWidth, seed: 4) }

  /// The definition, on the operands without gaps.
  var reference: AttentionReference {
    var dense = geometry
    dense.queryLeadingDimension = rowWidth
    dense.keyLeadingDimension = rowWidth
    dense.valueLeadingDimension = rowWidth
    dense.outputLeadingDimension = rowWidth
    return AttentionReference(geometry: dense, query: query, key: key, value: value)
  }

  func laidOut(_ dense: [Float], stride: Int) -> [Float] {
    spread(dense, width: rowWidth, stride: stride, offset: gap)
  }

  func dense(_ values: [Float], stride: Int) -> [Float]? {
    rowWidth == 0 ? [] : gathered(values, width: rowWidth, stride: stride, offset: gap)
  }
}

extension KernelSet {
  /// Output (without gaps) and log-sum-exp, computed in the ranges `tasks`; nil if something was
  /// written outside the output's columns.
  func attention(
    _ problem: AttentionCase, tasks: [Range<Int>], keepsLogSumExp: Bool = true,
    arithmetic: ProductArithmetic = .widened
  ) -> (output: [Float], logSumExp: [Float])? {
    let g = problem.geometry
    let query = problem.laidOut(problem.query, stride: g.queryLeadingDimension)
    let key = problem.laidOut(problem.key, stride: g.keyLeadingDimension)
    let value = problem.laidOut(problem.value, stride: g.valueLeadingDimension)
    var output = [Float](
      repeating: .nan, count: g.batch * g.queryCount * g.outputLeadingDimension)
    var logSumExp = [Float](repeating: .nan, count: g.batch * g.headCount * g.queryCount)
    var scratch = [Float](repeating: .nan, count: attentionScratchCount(g))
    query.withUnsafeBufferPointer { query in
      key.withUnsafeBufferPointer { key in
        value.withUnsafeBufferPointer { value in
          output.withUnsafeMutableBufferPointer { output in
            logSumExp.withUnsafeMutableBufferPointer { logSumExp in
              guard let q = query.baseAddress, let k = key.baseAddress,
                let v = value.baseAddress, let o = output.baseAddress
              else { return }
              for range in tasks {
                attention(
                  tasks: range, query: q + problem.gap, key: k + problem.gap,
                  value: v + problem.gap, output: o + problem.gap,
                  logSumExp: keepsLogSumExp ? logSumExp.baseAddress : nil, geometry: g,
                  arithmetic: arithmetic, scratch: &scratch)
              }
            }
          }
        }
      }
    }
    return problem.dense(output, stride: g.outputLeadingDimension).map { ($0, logSumExp) }
  }

  /// Gradients without gaps, computed in the ranges `heads`; nil if something was written outside.
  func attentionGradients(
    _ problem: AttentionCase, output: [Float], logSumExp: [Float], heads: [Range<Int>]
  ) -> (query: [Float], key: [Float], value: [Float])? {
    let g = problem.geometry
    let query = problem.laidOut(problem.query, stride: g.queryLeadingDimension)
    let key = problem.laidOut(problem.key, stride: g.keyLeadingDimension)
    let value = problem.laidOut(problem.value, stride: g.valueLeadingDimension)
    let output = problem.laidOut(output, stride: g.outputLeadingDimension)
    let upstream = problem.laidOut(problem.upstream, stride: g.outputLeadingDimension)
    var dq = [Float](repeating: .nan, count: query.count)
    var dk = [Float](repeating: .nan, count: key.count)
    var dv = [Float](repeating: .nan, count: value.count)
    var scratch = [Float](repeating: .nan, count: attentionScratchCount(g))
    let gap = problem.gap
    query.withUnsafeBufferPointer { query in
      key.withUnsafeBufferPointer { key in
        value.withUnsafeBufferPointer { value in
          output.withUnsafeBufferPointer { output in
            upstream.withUnsafeBufferPointer { upstream in
              guard let q = query.baseAddress, let k = key.baseAddress,
                let v = value.baseAddress, let o = output.baseAddress,
                let up = upstream.baseAddress
              else { return }
              withUnsafeMutablePointer(&dq, &dk, &dv) { dq, dk, dv in
                for range in heads {
                  attentionGradient(
                    heads: range, query: q + gap, key: k + gap, value: v + gap, output: o + gap,
                    logSumExp: logSumExp, outputGradient: up + gap, queryGradient: dq + gap,
                    keyGradient: dk + gap, valueGradient: dv + gap, geometry: g,
                    scratch: &scratch)
                }
              }
            }
          }
        }
      }
    }
    guard let queryGradient = problem.dense(dq, stride: g.queryLeadingDimension),
      let keyGradient = problem.dense(dk, stride: g.keyLeadingDimension),
      let valueGradient = problem.dense(dv, stride: g.valueLeadingDimension)
    else { return nil }
    return (queryGradient, keyGradient, valueGradient)
  }
}

private func withUnsafeMutablePointer(
  _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
  _ c: UnsafeMutablePointer<Float>,
  _ body: (
    UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
  ) -> Void
) { body(a, b, c) }
