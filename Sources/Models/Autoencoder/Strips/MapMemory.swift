/// How much memory the maps of an autoencoder may take before they are computed in strips.
///
/// The same on every machine, so that a seed gives the same picture everywhere to the last bit.
package struct MapMemory: Hashable, Sendable {
  /// For all maps that live at one time. More is taken only where a single map of the finest level
  /// is larger than this.
  package var byteCount: Int
  /// About the size of one strip.
  package var stripByteCount: Int

  /// Pictures whose maps take no more are worked on whole.
  package var wholeByteCount: Int

  /// - Parameter wholeByteCount: `byteCount` when nil.
  package init(byteCount: Int, stripByteCount: Int, wholeByteCount: Int? = nil) {
    self.byteCount = byteCount
    self.stripByteCount = stripByteCount
    self.wholeByteCount = wholeByteCount ?? byteCount
  }

  /// With Stable Diffusion's widths, pictures up to 576 x 576 pixels are worked on whole; those up to
  /// about 1100 x 1100 in strips that are all kept, so that nothing is computed twice; larger ones in
  /// strips some of which are computed again.
  package static let standard = MapMemory(
    byteCount: 3_000_000_000, stripByteCount: 32 << 20, wholeByteCount: 1_100_000_000)

  /// Strips that a block works on at one time besides those that are kept.
  static let workingStripCount = 12

  /// What is left for strips that are kept.
  var keptByteCount: Int { max(0, byteCount - Self.workingStripCount * stripByteCount) }
}

extension AutoencoderConfiguration {
  /// Bytes of the maps that live at one time while a picture of `pixelCount` pixels is decoded as a
  /// whole, which takes more than encoding.
  package func wholeByteCount(pixelCount: Int) -> Int {
    var channels = 0.0
    for (level, width) in widths.enumerated() {
      let share = 1 / Double(1 << (2 * level))
      let coarser = widths[min(level + 1, widths.count - 1)]
      // The level's first block: the input and its normalisation beside the inner map, later the
      // input, the inner map, its normalisation, the shortcut and the output.
      let block = max(2 * coarser + width, coarser + 4 * width)
      // A map, doubled and then smoothed.
      let upsampling = level + 1 < widths.count ? 2 * coarser + coarser / 4 : 0
      channels = max(channels, share * Double(max(block, upsampling)))
    }
    // The middle: a map, its normalisation, queries, keys, values, their mixture and the output.
    let coarsest = widths.count - 1
    channels = max(channels, 7 * Double(widths[coarsest]) / Double(1 << (2 * coarsest)))
    return Int(clamping: Int64(4 * channels * Double(pixelCount)))
  }

  /// Bytes of the maps that live at one time while a picture is encoded or decoded, in strips where
  /// it is large.
  package func peakByteCount(pixelCount: Int, within memory: MapMemory = .standard) -> Int {
    let whole = wholeByteCount(pixelCount: pixelCount)
    guard whole > memory.wholeByteCount else { return whole }
    // A block's result has to be kept as a whole.
    let coarsest = widths.count - 1
    let map = 4 * pixelCount * (widths.first ?? 0)
    let middle = 7 * 4 * pixelCount / (reduction * reduction) * widths[coarsest]
    let working = MapMemory.workingStripCount * memory.stripByteCount
    return min(whole, max(memory.byteCount, map + working, middle))
  }
}
