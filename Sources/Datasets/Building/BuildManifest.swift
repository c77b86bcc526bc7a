import Foundation
import Platform
import VisionTasks

/// `build.json`: how a built set was made.
struct BuildManifest: Codable, Equatable {
  var version = 1
  var complete: Bool
  var skipped: [String] = []
  var tasks: [String]
  var variant: String
  var prompts: [String]
  var seed: UInt64
  var palette: [String]
  var positivesPerPicture: Int?
  var negativesPerPositive: Double
  /// Not there when 0.
  var absentPerPicture: Int?
  var outlineWidth: Int
  var depthRangeInMetres: Double
  var inputs: BuildSettings.InputStorage
  var unreadable: BuildSettings.UnreadablePolicy
  var picturesPerSource: Int?
  var sources: [Source]

  struct Source: Codable, Equatable {
    var name: String
    var pictureCount: Int
    /// Tells two parts of one data set from each other.
    var firstPicture: String
  }

  static let fileName = "build.json"

  init(
    settings: BuildSettings, sources: [any PictureSource], picturesPerSource: Int?, complete: Bool
  ) {
    self.complete = complete
    tasks = TaskKind.allCases.filter { settings.tasks.contains($0) }.map(\.rawValue)
    variant = settings.variant.name
    prompts = []
    if case .files(let files) = settings.variant {
      // The words themselves: two files of one name may differ.
      prompts = files.flatMap { $0.templates.map(\.text) }
    }
    seed = settings.seed
    palette = settings.verdictPalette.map(\.name)
    positivesPerPicture = settings.positivesPerPicture
    negativesPerPositive = settings.negativesPerPositive
    absentPerPicture = settings.absentPerPicture > 0 ? settings.absentPerPicture : nil
    outlineWidth = settings.suite.detection.outlineWidth
    depthRangeInMetres = settings.suite.depth.rangeInMetres
    inputs = settings.inputs
    unreadable = settings.unreadable
    self.picturesPerSource = picturesPerSource
    self.sources = sources.map {
      Source(
        name: $0.name, pictureCount: $0.pictureCount,
        firstPicture: $0.pictureCount > 0 ? $0.pictureID(at: 0) : "")
    }
  }

  /// The description that was written to `path`.
  init(path: String) throws {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: 256 << 20)
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw ReportableError(
        .badData, "can't be understood; remove its folder and build the set again", path: path,
        cause: error)
    }
  }

  /// Makes `root` ready for this set: new, or begun by the same call before.
  func claim(_ root: String) throws {
    let path = root + "/" + Self.fileName
    guard FileManager.default.fileExists(atPath: path) else {
      let content = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
      guard content.isEmpty else {
        throw ReportableError(
          .usage, "is not empty and holds no built set; choose another folder", path: root)
      }
      try OutputFolder.make(root)
      return try write(to: root)
    }
    var present = try Self(path: path)
    present.complete = complete
    present.skipped = skipped
    guard present == self else {
      throw ReportableError(
        .usage, "holds a set built with other settings; remove it or choose another folder",
        path: root)
    }
    try write(to: root)
  }

  func write(to root: String) throws {
    try AtomicFile.write(AnnotationJSON.encode(self), to: root + "/" + Self.fileName)
  }
}
