import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// The definition of multi-head attention and its gradients, in Double, whole matrices at a time.
package struct AttentionReference {
  package var geometry: AttentionGeometry
  package var query: [Float]
  package var key: [Float]
  package var value: [Float]

  package init(geometry: AttentionGeometry, query: [Float], key: [Float], value: [Float]) {
    self.geometry = geometry
    self.query = query
    self.key = key
    self.value = value
  }

  /// Output `[N, T, H*D]` without gaps, and log-sum-exp `[N, H, T]`.
  package func forward() -> (output: [Double], logSumExp: [Double]) {
    let g = geometry
    var output = [Double](repeating: 0, count: g.batch * g.queryCount * g.headCount * g.headWidth)
    var logSumExp: [Double] = []
    forEachHead { sample, head in
      for t in 0..<g.queryCount {
        let scores = scores(sample, head, t)
        let largest = scores.max() ?? -.infinity
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        logSumExp.append(largest + log(sum))
        for (s, power) in powers.enumerated() {
          for d in 0..<g.headWidth {
            output[denseIndex(sample, head, t, d, tokens: g.queryCount)] +=
              power / sum * valueAt(sample, head, s, d)
          }
        }
      }
    }
    return (output, logSumExp)
  }

  /// Gradients `[N, T or S, H*D]` without gaps, for an output gradient of the same form.
  package func gradients(
    _ upstream: [Double]
  ) -> (query: [Double], key: [Double], value: [Double]) {
    let g = geometry
    let width = g.headCount * g.headWidth
    var dq = [Double](repeating: 0, count: g.batch * g.queryCount * width)
    var dk = [Double](repeating: 0, count: g.batch * g.keyCount * width)
    var dv = dk
    let scale = Double(g.scale)
    forEachHead { sample, head in
      for t in 0..<g.queryCount {
        let scores = scores(sample, head, t)
        let largest = scores.max() ?? -.infinity
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        let p = powers.map { $0 / sum }
        var dp = [Double](repeating: 0, count: g.keyCount)
        for s in 0..<g.keyCount {
          for d in 0..<g.headWidth {
            let dy = upstream[denseIndex(sample, head, t, d, tokens: g.queryCount)]
            dp[s] += dy * valueAt(sample, head, s, d)
            dv[denseIndex(sample, head, s, d, tokens: g.keyCount)] += p[s] * dy
          }
        }
        let total = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
        for s in 0..<g.keyCount {
          let ds = p[s] * (dp[s] - total) * scale
          for d in 0..<g.headWidth {
            dq[denseIndex(sample, head, t, d, tokens: g.queryCount)] +=
              ds * keyAt(sample, head, s, d)
            dk[denseIndex(sample, head, s, d, tokens: g.keyCount)] +=
              ds * queryAt(sample, head, t, d)
          }
        }
      }
    }
    return (dq, dk, dv)
  }

  private func forEachHead(_ body: (_ sample: Int, _ head: Int) -> Void) {
    for sample in 0..<geometry.batch {
      for head in 0..<geometry.headCount { body(sample, head) }
    }
  }

  private func scores(_ sample: Int, _ head: Int, _ t: Int) -> [Double] {
    (0..<geometry.keyCount).map { s in
      if geometry.isCausal, s > t { return -.infinity }
      var sum = 0.0
      for d in 0..<geometry.headWidth {
        sum += queryAt(sample, head, t, d) * keyAt(sample, head, s, d)
      }
      return sum * Double(geometry.scale)
    }
  }

  private func denseIndex(
    _ sample: Int, _ head: Int, _ token: Int, _ d: Int, tokens: Int
  ) -> Int {
    ((sample * tokens + token) * geometry.headCount + head) * geometry.headWidth + d
  }

  private func queryAt(_ sample: Int, _ head: Int, _ t: Int, _ d: Int) -> Double {
    let row = sample * geometry.queryCount + t
    return Double(query[row * geometry.queryLeadingDimension + head * geometry.headWidth + d])
  }

  private func keyAt(_ sample: Int, _ head: Int, _ s: Int, _ d: Int) -> Double {
    let row = sample * geometry.keyCount + s
    return Double(key[row * geometry.keyLeadingDimension + head * geometry.headWidth + d])
  }

  private func valueAt(_ sample: Int, _ head: Int, _ s: Int, _ d: Int) -> Double {
    let row = sample * geometry.keyCount + s
    return Double(value[row * geometry.valueLeadingDimension + head * geometry.headWidth + d])
  }
}
