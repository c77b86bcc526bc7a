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

  private static func files(of source: any PictureSource, at index: Int) throws -> [String] {
    guard let picture = try source.picturePath(at: index) else { return [] }
    return [picture] + (try source.annotationPaths(at: index))
  }
}
