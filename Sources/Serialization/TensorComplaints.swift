/// What is wrong with the tensors of one file, told in one sentence whose length does not depend on
/// how much it is.
struct TensorComplaints {
  private let maximumShownCount: Int
  private var shown: [String] = []
  private var count = 0

  init(maximumShownCount: Int = 6) { self.maximumShownCount = maximumShownCount }

  mutating func add(_ complaint: String) {
    count += 1
    if shown.count < maximumShownCount { shown.append(complaint) }
  }

  /// The first ones and the number of the others; nil when there are none.
  var text: String? {
    guard count > 0 else { return nil }
    let rest = count > shown.count ? ["and \(count - shown.count) more"] : []
    return (shown + rest).joined(separator: "; ")
  }
}
