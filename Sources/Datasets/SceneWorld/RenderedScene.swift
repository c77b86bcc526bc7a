import Imaging

/// A SceneWorld picture with everything that is known about it.
public struct RenderedScene: Sendable {
  /// What the camera sees.
  public let picture: Image
  /// From the most to the least visible pixels.
  public let instances: [SceneInstance]
  /// 0 for background, else 1 + index in ``instances``.
  public let instanceMap: Plane<UInt8>
  /// Metres along the optical axis, 0.5...10; what is farther away counts as 10.
  public let depth: Plane<Float>
}

/// One annotated solid.
public struct SceneInstance: Sendable {
  /// Colour and shape.
  public let category: SceneCategory
  /// Half of ``category``.
  public var colour: SceneColour { category.colour }
  /// The other half of ``category``.
  public var shape: SceneShape { category.shape }
  /// The pixels whose centre shows this solid.
  public let mask: Mask
  /// Number of pixels of ``mask``.
  public let area: Int
  /// The smallest box around ``mask``.
  public let box: Box
  /// In the order of ``SceneKeypoint/Name``.
  public let keypoints: [SceneKeypoint]
}

/// A named point of a solid in picture coordinates.
public struct SceneKeypoint: Sendable, Hashable {
  /// Four outermost points of the solid's whole outline (also where something hides it) and the
  /// projection of its middle.
  public enum Name: String, CaseIterable, Sendable, Codable {
    case top, bottom, left, right, centre
  }

  /// COCO's visibility flag.
  public enum Visibility: Int, Sendable, Codable {
    /// Outside the picture; the coordinates are 0.
    case absent = 0
    /// Inside the picture, but another surface is in front of it.
    case hidden = 1
    case visible = 2
  }

  /// Which point of the solid this is.
  public let name: Name
  /// Pixels from the left edge; the centre of the first pixel is 0.5.
  public let x: Double
  /// Pixels from the top edge.
  public let y: Double
  /// Whether the point can be seen.
  public let visibility: Visibility
}

extension RenderedScene {
  init(_ annotated: AnnotatedScene) {
    picture = annotated.caster.picture()
    instances = annotated.instances
    instanceMap = annotated.instanceMap
    depth = annotated.depth
  }
}

/// Everything about a scene but its colours: an order of magnitude cheaper than the picture.
struct AnnotatedScene {
  let caster: SceneCaster
  let instances: [SceneInstance]
  let instanceMap: Plane<UInt8>
  let depth: Plane<Float>

  init(caster: SceneCaster, labels: SceneLabels) {
    self.caster = caster
    depth = labels.depth
    let order = labels.outlines.indices.sorted {
      let first = labels.outlines[$0].visibleCount
      let second = labels.outlines[$1].visibleCount
      return first != second ? first > second : $0 < $1
    }
    var renumbered = [UInt8](repeating: 0, count: order.count + 1)
    for (position, index) in order.enumerated() { renumbered[index + 1] = UInt8(position + 1) }
    let map = labels.instanceMap.map { renumbered[Int($0)] }
    instanceMap = map
    instances = order.enumerated().map { position, index in
      SceneInstance(
        solid: caster.layout.solids[index], outline: labels.outlines[index],
        number: UInt8(position + 1), map: map, camera: caster.layout.camera)
    }
  }
}

extension SceneInstance {
  fileprivate init(
    solid: SceneSolid, outline: SceneLabels.Outline, number: UInt8, map: Plane<UInt8>,
    camera: SceneCamera
  ) {
    category = solid.category
    mask = map.map { $0 == number }
    area = outline.visibleCount
    box = Box(around: number, in: map)
    let size = map.width

    func point(_ name: SceneKeypoint.Name, _ column: Int, _ row: Int, cut: Bool) -> SceneKeypoint {
      guard !cut, column >= 0, row >= 0, column < size, row < size else {
        return SceneKeypoint(name: name, x: 0, y: 0, visibility: .absent)
      }
      return SceneKeypoint(
        name: name, x: Double(column) + 0.5, y: Double(row) + 0.5,
        visibility: map[column, row] == number ? .visible : .hidden)
    }

    let middle = camera.project(solid.center)
    // An outline that reaches the picture's border may go on beyond it.
    keypoints = [
      point(.top, outline.topColumns.value, outline.top, cut: outline.top == 0),
      point(
        .bottom, outline.bottomColumns.value, outline.bottom, cut: outline.bottom == size - 1),
      point(.left, outline.left, outline.leftRows.value, cut: outline.left == 0),
      point(.right, outline.right, outline.rightRows.value, cut: outline.right == size - 1),
      point(
        .centre, Int(middle.x.rounded(.down)), Int(middle.y.rounded(.down)), cut: false),
    ]
  }
}

extension Box {
  /// The smallest box around the pixels of `map` that equal `number`; empty when there are none.
  fileprivate init(around number: UInt8, in map: Plane<UInt8>) {
    var (left, top, right, bottom) = (map.width, map.height, -1, -1)
    for row in 0..<map.height {
      for column in 0..<map.width where map[column, row] == number {
        left = min(left, column)
        right = max(right, column)
        top = min(top, row)
        bottom = row
      }
    }
    self.init(
      left: Double(right < 0 ? 0 : left), top: Double(right < 0 ? 0 : top),
      right: Double(right + 1), bottom: Double(bottom + 1))
  }
}
