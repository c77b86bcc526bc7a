import Foundation
import Platform

/// How many pictures of each split.
public struct SceneCounts: Sendable, Hashable, Codable {
  /// Training pictures.
  public var train: Int
  /// Held-out pictures of seen combinations.
  public var val: Int
  /// Held-out pictures with unseen combinations.
  public var valUnseen: Int

  /// Counts for the three splits.
  public init(train: Int, val: Int, valUnseen: Int) {
    self.train = train
    self.val = val
    self.valUnseen = valUnseen
  }

  /// The count of one split.
  public subscript(split: SceneSplit) -> Int {
    switch split {
    case .train: train
    case .val: val
    case .valUnseen: valUnseen
    }
  }

  /// Pictures of all splits.
  public var total: Int { train + val + valUnseen }

  private enum CodingKeys: String, CodingKey {
    case train, val
    case valUnseen = "val_unseen"
  }
}

/// `sceneworld.json`: what a written SceneWorld is, and whether all of it is there.
public struct SceneWorldManifest: Sendable, Equatable, Codable {
  /// Always "SceneWorld".
  public var name: String
  /// ``SceneWorld/version`` of the renderer.
  public var version: Int
  /// ``SceneWorld/seed``.
  public var seed: UInt64
  /// Width and height of the pictures.
  public var size: Int
  /// Pictures a split.
  public var counts: SceneCounts
  /// False while the set is being written.
  public var complete: Bool
  /// The 40 categories by id.
  public var categories: [Category]
  /// Names of the keypoints, in the order of the annotation files.
  public var keypoints: [SceneKeypoint.Name]

  /// One category and its role.
  public struct Category: Sendable, Equatable, Codable {
    /// 1 to 40.
    public var id: Int
    /// "red cube".
    public var name: String
    /// Half of the name.
    public var colour: SceneColour
    /// The other half.
    public var shape: SceneShape
    /// True when training pictures never show it.
    public var heldOut: Bool

    private enum CodingKeys: String, CodingKey {
      case id, name, colour, shape
      case heldOut = "held_out"
    }
  }

  init(seed: UInt64, size: Int, counts: SceneCounts, complete: Bool) {
    name = "SceneWorld"
    version = SceneWorld.version
    self.seed = seed
    self.size = size
    self.counts = counts
    self.complete = complete
    categories = SceneCategory.allCases.map {
      Category(
        id: $0.id, name: $0.name, colour: $0.colour, shape: $0.shape,
        heldOut: SceneCategory.heldOut.contains($0))
    }
    keypoints = SceneKeypoint.Name.allCases
  }

  static let fileName = "sceneworld.json"

  /// The manifest of the set in `root`.
  ///
  /// - Throws: ``ReportableError`` when there is none or it can't be understood.
  public init(root: String) throws {
    let path = root + "/" + Self.fileName
    let bytes = try InputFile.bytes(at: path, maximumByteCount: 1 << 20)
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw ReportableError(
        .badData, "is not a SceneWorld manifest; remove the folder or choose another", path: path,
        cause: error)
    }
  }

  func write(to root: String) throws {
    try AtomicFile.write(AnnotationJSON.encode(self), to: root + "/" + Self.fileName)
  }
}

/// How annotation files are spelled: sorted keys, so that the same set has the same bytes.
enum AnnotationJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(value)
    } catch {
      throw ReportableError(.internalFailure, "can't be encoded as JSON", cause: error)
    }
  }
}
