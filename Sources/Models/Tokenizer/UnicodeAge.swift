extension Unicode.Scalar {
  /// Whether Unicode's version `version`.0 had assigned this character.
  ///
  /// This is all that tells the tables of the reference libraries from Swift's newer ones, since an
  /// assigned character's letter case, order and composition never change.
  func isAssigned(inUnicode version: Int) -> Bool {
    if value < 0x80 { return true }
    return properties.age.map { $0.major < version || ($0.major == version && $0.minor == 0) }
      ?? false
  }
}
