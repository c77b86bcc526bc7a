import Foundation
import Imaging
import Platform

extension EvaluationReport {
  /// Writes `index.html` and the pictures it shows under `images/` into `directory`, which is made
  /// if need be.
  ///
  /// Every file is written under a temporary name and renamed, the page last. Picture names carry
  /// a digest of their content, so a page written earlier stays whole until the new one takes its
  /// place; pictures that only the old page showed are removed then. Other files in the folder are
  /// left alone.
  ///
  /// - Throws: ``ReportableError`` naming the file that can't be read or written; see also
  ///   ``ReportFolder/prepare()``.
  /// - Returns: the path of the page.
  @discardableResult
  public func write(to directory: String) throws -> String {
    let folder = ReportFolder(directory)
    try folder.prepare()
    try folder.makeImages()
    let images = folder.images
    var written: Set<String> = []
    let page = try ReportPage(report: self).markup { picture, place in
      let image: Image
      switch picture {
      case .image(let given): image = given
      case .file(let path): image = try PictureFile.read(path)
      }
      let bytes = try PNG.encode(image)
      let name = ReportPictureName(place: place, content: bytes).text
      if written.insert(name).inserted { try AtomicFile.write(bytes, to: images + "/" + name) }
      return ReportPage.Shown(
        path: ReportPictureName.folder + "/" + name, width: image.width, height: image.height)
    }
    try AtomicFile.write(page.source, to: folder.page)
    removePictures(in: images, except: written)
    return folder.page
  }

  /// Leftovers do no harm, so a failure to remove one is none.
  private func removePictures(in folder: String, except kept: Set<String>) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where ReportPictureName.isOne(name) && !kept.contains(name) {
      try? FileManager.default.removeItem(atPath: folder + "/" + name)
    }
  }
}

/// `2-017-answer-90abcdef12345678.png`: section, rank, part and a digest of the content.
struct ReportPictureName {
  /// Which of a sample's pictures.
  enum Part: String, CaseIterable {
    case picture, target, answer, overlay
  }

  /// Where on the page.
  struct Place {
    let section: Int
    let rank: Int
    let part: Part
  }

  static let folder = "images"
  let text: String

  init(place: Place, content: [UInt8]) {
    let digest = String(StableHash.of(content), radix: 16)
    let rank = String(format: "%03d", place.rank)
    let zeros = String(repeating: "0", count: 16 - digest.count)
    text = "\(place.section)-\(rank)-\(place.part.rawValue)-\(zeros)\(digest).png"
  }

  /// Whether a file name has the form that ``init(place:content:)`` gives.
  static func isOne(_ name: String) -> Bool {
    guard name.hasSuffix(".png") else { return false }
    let fields = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    return fields.count == 4 && Int(fields[0]) != nil && fields[1].count >= 3
      && Int(fields[1]) != nil && Part(rawValue: String(fields[2])) != nil
      && fields[3].count == 16
      && fields[3].utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }
}
