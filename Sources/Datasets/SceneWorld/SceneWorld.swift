import Imaging
import Platform
import TensorCore

/// A procedural data set: pictures of a few coloured solids on a textured ground, with exact masks,
/// boxes, keypoints and metric depth. Picture `index` of a split depends on nothing but the seed,
/// the size, the split and `index`.
public struct SceneWorld: Sendable {
  /// Chooses one of 2^64 worlds.
  public let seed: UInt64
  /// Width and height of the pictures in pixels.
  public let size: Int

  /// Raised whenever the same seed would give different pictures than before.
  public static let version = 1

  /// The sizes that can be rendered.
  public static let sizes = 32...2048

  /// - Precondition: `size` is one of ``sizes``.
  public init(seed: UInt64, size: Int = 128) {
    require(Self.sizes.contains(size), "SceneWorld renders \(Self.sizes) pixels, not \(size)")
    self.seed = seed
    self.size = size
  }

  /// Renders picture `index` (from 0) of `split`.
  public func scene(split: SceneSplit, index: Int) -> RenderedScene {
    RenderedScene(annotatedScene(split: split, index: index))
  }

  /// The same scene without its picture.
  func annotatedScene(split: SceneSplit, index: Int) -> AnnotatedScene {
    require(index >= 0, "scene \(index) can't exist; they are numbered from 0")
    let stream = RandomStream(seed: seed).substream(split.streamIndex).substream(UInt64(index))
    for attempt in 0..<UInt64(64) {
      var draw = stream.substream(attempt)
      // Crowded scenes are as hard to train on as they are to place; small ones lead.
      var count = draw.element(of: [1, 2, 2, 3, 3, 3, 4, 4, 5, 5])
      if attempt > 15 { count = 1 }
      let layout = SceneLayout.draw(split: split, size: size, solidCount: count, using: &draw)
      if let scene = annotate(layout, split: split) { return scene }
    }
    fatalError("scene \(index) of \(split.rawValue) can't be placed with seed \(seed)")
  }

  /// Labels a layout after dropping the solids that can hardly be seen; nil when none is left or
  /// the unseen split would lose its held-out one.
  private func annotate(_ layout: SceneLayout, split: SceneSplit) -> AnnotatedScene? {
    var layout = layout
    while !layout.solids.isEmpty {
      let caster = SceneCaster(layout)
      let labels = caster.labels()
      guard let worst = leastVisible(labels.outlines) else {
        let isComplete =
          split != .valUnseen
          || layout.solids.contains { SceneCategory.heldOut.contains($0.category) }
        return isComplete ? AnnotatedScene(caster: caster, labels: labels) : nil
      }
      layout.solids.remove(at: worst)
    }
    return nil
  }

  /// The solid that misses the visibility rule by most: at least 110 pixels (of a 128-pixel
  /// picture) and 40 % of its outline must show.
  private func leastVisible(_ outlines: [SceneLabels.Outline]) -> Int? {
    let minimumCount = 110 * Double(size * size) / (128 * 128)
    let scores = outlines.map { outline in
      min(
        Double(outline.visibleCount) / minimumCount,
        Double(outline.visibleCount) / (0.4 * Double(max(outline.pixelCount, 1))))
    }
    guard let lowest = scores.min(), lowest < 1 else { return nil }
    return scores.firstIndex(of: lowest)
  }
}
