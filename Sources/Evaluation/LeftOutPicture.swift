import Platform

/// A picture that nothing was asked about because it or its annotations can't be read.
public struct LeftOutPicture: Sendable {
  /// Its name in the data set.
  public let id: String
  /// What is wrong with it, in one line.
  public let reason: String

  /// nil when `error` is not about a single picture: a failing disk fails for all of them.
  init?(id: String, _ error: ReportableError) {
    guard error.code == .badData || error.code == .missingInput else { return nil }
    self.id = id
    reason = error.description
  }
}
