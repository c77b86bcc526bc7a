import Imaging
import Platform
import VisionTasks

/// SceneWorld without files: pictures are rendered when they are asked for.
public struct RenderedSceneSource: PictureSource {
  /// "sceneworld".
  public let name = "sceneworld"
  /// Which world.
  public let world: SceneWorld
  /// Which part of it.
  public let split: SceneSplit
  /// How much of that part.
  public let pictureCount: Int

  /// The first `count` pictures of `split`.
  public init(_ world: SceneWorld, split: SceneSplit, count: Int) {
    require(
      (0...SceneSplit.maximumCount).contains(count), "\(count) scenes can't be numbered")
    self.world = world
    self.split = split
    pictureCount = count
  }

  /// All four.
  public var tasks: Set<TaskKind> { Set(TaskKind.allCases) }

  /// Those that the split can show, in the order of their ids.
  public var categories: [String] {
    (split == .valUnseen ? SceneCategory.allCases : SceneCategory.seen).map(\.name)
  }

  /// The same as in the written form.
  public func pictureID(at index: Int) -> String {
    String(split.fileName(index).dropLast(4))
  }

  /// None.
  public func picturePath(at index: Int) throws -> String? { nil }

  /// Renders the picture.
  public func picture(at index: Int) throws -> Image {
    world.scene(split: split, index: index).picture
  }

  /// Masks, boxes and categories in ascending order of category ids, and depth.
  public func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    let scene = world.annotatedScene(split: split, index: index)
    var result = PictureAnnotations()
    // Whole millimetres, so that files and rendering give the same samples.
    result.depth = scene.depth.map { ($0 * 1000).rounded() / 1000 }
    let all = Dictionary(grouping: scene.instances, by: \.category.id)
    for (_, instances) in all.sorted(by: { $0.key < $1.key }) {
      let category = instances[0].category.name
      result.present.append(category)
      result.boxes.append(.init(category: category, boxes: instances.map(\.box)))
      result.regions.append(.init(category: category, masks: instances.map(\.mask)))
    }
    return result
  }
}
