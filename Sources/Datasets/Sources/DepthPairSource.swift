import Imaging
import VisionTasks

/// Pictures with depth maps as a source: NYU Depth v2.
public struct DepthPairSource: PictureSource {
  /// "nyu".
  public let name = "nyu"
  /// The pairs.
  public let pairs: DepthPairs

  /// The pairs of one list.
  public init(_ pairs: DepthPairs) { self.pairs = pairs }

  /// Pairs of the list.
  public var pictureCount: Int { pairs.pairs.count }
  /// Distances alone.
  public var tasks: Set<TaskKind> { [.depth] }
  /// None.
  public var categories: [String] { [] }

  /// `<folder>_<file stem>`.
  public func pictureID(at index: Int) -> String { pairs.pairs[index].id }
  /// The picture's file.
  public func picturePath(at index: Int) throws -> String? { pairs.pairs[index].picturePath }

  /// The depth map.
  public func annotationPaths(at index: Int) throws -> [String] { [pairs.pairs[index].depthPath] }

  /// Metres; holes stay 0.
  public func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    var result = PictureAnnotations()
    result.depth = try DepthMap.read(
      pairs.pairs[index].depthPath, encoding: pairs.encoding, matching: picture)
    return result
  }
}
