import Foundation
import Platform

/// How the targets of a built set were painted: what a reader of a model's answers has to know.
public struct TargetPainting: Sendable, Hashable {
  /// Width of box outlines, in pixels of the pictures.
  public var outlineWidth: Int
  /// Names of the colours of yes and no; empty when not known.
  public var verdictColors: [String]

  /// The painting of the set in the folder `root`; the authors' own width and unknown colours for
  /// sets of other programs.
  ///
  /// - Throws: ``ReportableError`` when the set's description is damaged.
  public init(builtSet root: String) throws {
    let path = root + "/" + BuildManifest.fileName
    guard FileManager.default.fileExists(atPath: path) else {
      (outlineWidth, verdictColors) = (4, [])
      return
    }
    let manifest = try BuildManifest(path: path)
    outlineWidth = manifest.outlineWidth
    verdictColors = manifest.palette
  }
}
