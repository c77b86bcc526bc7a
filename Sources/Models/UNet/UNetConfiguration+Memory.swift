extension UNetConfiguration {
  /// Bytes of the maps that live at one time in an evaluation of one sample, without gradients.
  ///
  /// - Parameter latentPixelCount: `h * w`.
  package func mapByteCount(latentPixelCount: Int) -> Int {
    // What the way up takes along from the way down.
    var skips = 0.0
    var widest = 0.0
    for (index, level) in levels.enumerated() {
      let share = 1 / Double(1 << (2 * index)) * Double(level.width)
      skips += share * Double(level.layerCount + 1)
      // In an attention's feed-forward layer: its eightfold and fourfold maps and eight more, which is
      // what was measured. In a residual block of the way up: half of that.
      let attends = level.attendsGoingDown || level.attendsGoingUp
      widest = max(widest, share * (attends ? 20 : 10))
    }
    return Int(clamping: Int64(4 * (skips + widest) * Double(latentPixelCount)))
  }

  /// How many samples are evaluated at a time: all of a batch unless their maps take over 2 GB, which
  /// changes no result.
  package func samplesAtATime(latentPixelCount: Int) -> Int {
    max(1, 2_000_000_000 / max(1, mapByteCount(latentPixelCount: latentPixelCount)))
  }
}
