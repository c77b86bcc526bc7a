import Answering
import Foundation
import Platform

/// Where a report is written: a page, and a folder of its pictures beside it.
public struct ReportFolder: Sendable {
  private let path: String

  /// The folder at `path`, which need not exist.
  public init(_ path: String) { self.path = path }

  var page: String { path + "/index.html" }
  var images: String { path + "/" + ReportPictureName.folder }

  /// Makes the folder if need be and checks, before any work is done, that a report can be written
  /// to it without replacing something else.
  ///
  /// - Throws: ``ReportableError``: `inputOutput` for what can't be made or written to, `usage` for
  ///   a page that is no report.
  public func prepare() throws {
    try Self.make(path)
    if FileManager.default.fileExists(atPath: page), !isReport {
      throw ReportableError(
        .usage, "is not a report of instructcv and won't be replaced; choose another folder",
        path: page)
    }
    try AnswerFiles.checkWritable(page)
    if FileManager.default.fileExists(atPath: images) {
      try makeImages()
      try AnswerFiles.checkWritable(images + "/picture.png")
    }
  }

  func makeImages() throws { try Self.make(images) }

  /// Whether the page has the mark of reports in its head.
  private var isReport: Bool {
    guard let file = FileHandle(forReadingAtPath: page),
      let head = try? file.read(upToCount: 4096)
    else { return false }
    return head.range(of: Data(ReportPage.generator.source.utf8)) != nil
  }

  private static func make(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw ReportableError(
          .inputOutput, "is no folder; choose another one for the report", path: path)
      }
      return
    }
    try OutputFolder.make(path)
  }
}
