import Datasets
import Foundation
import Platform
import VisionTasks

/// The files of single pictures, looked for before anything is asked: a picture that is missing at
/// the end of a long evaluation would cost all of its answers.
enum SourceFiles {
  /// So many are named when files are missing.
  private static let namedCount = 3

  /// - Throws: ``ReportableError`` (`missingInput`) that counts the missing files and names a few.
  static func check(_ source: any PictureSource, at indices: [Int]) throws {
    let paths = try indices.flatMap { try files(of: source, at: $0) }
    let missing = paths.filter { (try? InputFile.byteCount(at: $0)) == nil }
    guard !missing.isEmpty else { return }
    let rest = missing.count - namedCount
    throw ReportableError(
      .missingInput,
      "can't find \(missing.count) of \(paths.count) files: "
        + missing.prefix(namedCount).joined(separator: ", ")
        + (rest > 0 ? " and \(rest) more" : "")
        + "; get them again, or leave such pictures out with --skip-unreadable")
  }

  /// The picture and what its annotations are read from. ADE20K's index files are looked for when
  /// the set is opened.
  private static func files(of source: any PictureSource, at index: Int) throws -> [String] {
    guard let picture = try source.picturePath(at: index) else { return [] }
    if let nyu = source as? DepthPairSource {
      return [picture, nyu.pairs.pairs[index].depthPath]
    }
    // Both layouts keep these files at a fixed place beside the folder of the pictures.
    let folder =
      (source as? CocoSource)?.instances.imagesFolder
      ?? (picture as NSString).deletingLastPathComponent
    let root = (folder as NSString).deletingLastPathComponent
    if let world = source as? CocoSource, world.tasks.contains(.depth) {
      let split = (folder as NSString).lastPathComponent
      let name = world.instances.images[index].fileName
      return [picture, try ConfinedPath.join("\(root)/depth/\(split)", name)]
    }
    if source is OxfordPetSource {
      return [picture, "\(root)/annotations/trimaps/\(source.pictureID(at: index)).png"]
    }
    return [picture]
  }
}
