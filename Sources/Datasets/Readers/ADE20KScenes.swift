import Foundation
import Imaging
import Platform

/// Scene-parsing pictures of ADE20K's challenge layout, or of anything written like it: a folder of
/// pictures, a folder of index PNG files of the same names, and a class list.
public struct ADE20KScenes: Sendable {
  /// A class of the list.
  public struct Category: Sendable, Hashable {
    /// The value of its pixels, from 1; 0 is "other".
    public var id: UInt8
    /// All its names; the first one serves in instructions.
    public var names: [String]
    /// The first of ``names``.
    public var name: String { names[0] }
  }

  /// A picture and its index file.
  public struct Scene: Sendable, Hashable {
    /// File name without its ending.
    public var id: String
    /// The picture.
    public var picturePath: String
    /// The index PNG.
    public var labelPath: String
  }

  /// In ascending order of ids.
  public let categories: [Category]
  /// In bytewise order of names.
  public let scenes: [Scene]

  /// Opens the official layout.
  ///
  /// - Parameter split: "training" or "validation".
  /// - Throws: ``ReportableError`` for missing folders, pictures without labels and broken lists.
  public init(root: String, split: String) throws {
    try self.init(
      pictures: ConfinedPath.join(root, "images/\(split)"),
      labels: ConfinedPath.join(root, "annotations/\(split)"),
      objectInfo: root + "/objectInfo150.txt")
  }

  /// Opens folders that are laid out differently.
  public init(pictures: String, labels: String, objectInfo: String) throws {
    categories = try Self.categories(objectInfo)
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: pictures)
    } catch {
      throw ReportableError(
        .missingInput, "can't be listed; give the folder that holds images/ and annotations/",
        path: pictures, cause: error)
    }
    scenes = try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { name in
      let ending = (name as NSString).pathExtension.lowercased()
      // Names with a leading dot are leftovers of archive tools.
      guard !name.hasPrefix("."), ["jpg", "jpeg", "png"].contains(ending) else { return nil }
      let id = (name as NSString).deletingPathExtension
      let label = "\(labels)/\(id).png"
      guard FileManager.default.fileExists(atPath: label) else {
        throw ReportableError(
          .missingInput, "has no index file \(label); get the annotations too",
          path: "\(pictures)/\(name)")
      }
      return Scene(id: id, picturePath: "\(pictures)/\(name)", labelPath: label)
    }
  }

  /// The class of every pixel; 0 is "other".
  ///
  /// - Throws: ``ReportableError``, also for values beyond the class list.
  public func labels(of scene: Scene) throws -> Plane<UInt8> {
    let labels = try PNG.readIndices(scene.labelPath)
    let largest = labels.elements.max() ?? 0
    guard largest <= categories.last?.id ?? 0 else {
      throw ReportableError(
        .badData,
        "holds class \(largest), but the list ends at \(categories.last?.id ?? 0); "
          + "use the list that belongs to it", path: scene.labelPath)
    }
    return labels
  }

  /// Lines of `Idx Ratio Train Val Name`, parted by tabs, names by commas; blanks may follow any.
  private static func categories(_ path: String) throws -> [Category] {
    let text = try InputFile.text(at: path, maximumByteCount: 1 << 20)
    var categories: [Category] = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated().dropFirst() where line.contains(where: { !$0.isWhitespace })
    {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      let names = (fields.count >= 5 ? fields[4] : "").split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
      }.filter { !$0.isEmpty }
      guard let id = fields.first.flatMap({ UInt8($0) }), id > 0, !names.isEmpty else {
        throw ReportableError(
          .badData, "line \(number + 1) is not \"Idx Ratio Train Val Name\" with tabs; correct it",
          path: path)
      }
      categories.append(Category(id: id, names: names))
    }
    categories.sort { $0.id < $1.id }
    guard Set(categories.map(\.id)).count == categories.count, !categories.isEmpty else {
      throw ReportableError(.badData, "lists no class, or one twice; correct it", path: path)
    }
    return categories
  }
}
