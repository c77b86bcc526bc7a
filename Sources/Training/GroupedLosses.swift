import TensorCore

/// Mean squared errors of samples, kept by group: which task learns and which does not.
package struct GroupedLosses {
  private var sums: [String: (loss: Double, count: Int)] = [:]
  /// Losses beside those of the groups.
  private var others: [String: (loss: Double, count: Int)] = [:]

  package init() {}

  /// Adds the loss of `count` samples that is told by its name and is no part of ``mean``.
  package mutating func add(_ name: String, sum: Double, count: Int) {
    let old = others[name] ?? (0, 0)
    others[name] = (old.loss + sum, old.count + count)
  }

  /// Adds a batch, `[N, ...]` both.
  ///
  /// - Parameter groups: the name of each sample's group.
  package mutating func add(_ output: Tensor, _ target: Tensor, groups: [String]) {
    let perSample = output.count / groups.count
    output.withFloats { output in
      target.withFloats { target in
        for (sample, group) in groups.enumerated() {
          var sum = 0.0
          for index in (sample * perSample)..<((sample + 1) * perSample) {
            let error = Double(output[index]) - Double(target[index])
            sum += error * error
          }
          let old = sums[group] ?? (0, 0)
          sums[group] = (old.loss + sum / Double(perSample), old.count + 1)
        }
      }
    }
  }

  /// The mean over all samples.
  package var mean: Double {
    // Sorted: a sum of floating-point numbers depends on its order.
    let entries = sums.sorted { $0.key < $1.key }.map(\.value)
    return entries.reduce(0) { $0 + $1.loss } / Double(entries.reduce(0) { $0 + $1.count })
  }

  /// The mean of each group and of each other loss that had samples.
  package var meanByName: [String: Double] {
    sums.merging(others) { group, _ in group }.filter { $0.value.count > 0 }
      .mapValues { $0.loss / Double($0.count) }
  }
}
