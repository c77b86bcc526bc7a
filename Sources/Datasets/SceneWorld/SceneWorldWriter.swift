import Dispatch
import Foundation
import Imaging
import Platform

/// Writes a SceneWorld to a folder in the official layouts of the data sets it stands in for:
///
/// ```
/// sceneworld.json                          seed, size, counts, categories, complete or not
/// annotations/instances_<split>.json       COCO, masks as run lengths
/// annotations/keypoints_<split>.json       COCO keypoints
/// <split>/000000000001.png                 pictures
/// depth/<split>/000000000001.png           16-bit millimetres, as NYU's "sync" form
/// depth_<split>.txt                        "picture depth focal" lines of that form
/// semantic/<split>/000000000001.png        category ids, as ADE20K's; 0 is everything else
/// objectInfo.txt                           the class list that goes with them
/// ```
///
/// The same call on a half-written folder goes on where it stopped.
public enum SceneWorldWriter {
  /// Writes `count` pictures a split below `root`, which is made if need be.
  ///
  /// - Parameter progress: called now and then, from several threads, with the number of pictures
  ///   that are there; it stops the writing by throwing.
  /// - Throws: ``ReportableError`` when `root` holds another set, or can't be written.
  public static func write(
    count: SceneCounts, seed: UInt64, size: Int = 128, to root: String,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws {
    guard SceneWorld.sizes.contains(size) else {
      throw ReportableError(
        .usage, "pictures of \(size) pixels can't be rendered; choose \(SceneWorld.sizes)")
    }
    for split in SceneSplit.allCases
    where !(0...SceneSplit.maximumCount).contains(count[split]) {
      throw ReportableError(
        .usage,
        "\(count[split]) pictures of \(split.rawValue) can't be written; choose 0 to "
          + "\(SceneSplit.maximumCount)")
    }
    var manifest = SceneWorldManifest(seed: seed, size: size, counts: count, complete: false)
    if try isComplete(manifest, in: root) { return }
    try makeFolders(root)
    try manifest.write(to: root)

    let world = SceneWorld(seed: seed, size: size)
    let tally = Tally(total: count.total, report: progress)
    for split in SceneSplit.allCases where count[split] > 0 {
      let records = try writePictures(of: world, split: split, count: count[split], root, tally)
      try writeAnnotations(records, split: split, root)
    }
    try AtomicFile.write(objectInfo, to: root + "/objectInfo.txt")
    manifest.complete = true
    try manifest.write(to: root)
  }

  /// Whether `root` holds the set of `manifest` already; an error when it holds something else.
  private static func isComplete(_ manifest: SceneWorldManifest, in root: String) throws -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: root + "/" + SceneWorldManifest.fileName) else {
      let content = (try? files.contentsOfDirectory(atPath: root)) ?? []
      guard content.isEmpty else {
        throw ReportableError(
          .usage, "is not empty and holds no SceneWorld; choose another folder", path: root)
      }
      return false
    }
    let present = try SceneWorldManifest(root: root)
    var wanted = manifest
    wanted.complete = present.complete
    guard present == wanted else {
      throw ReportableError(
        .usage,
        "holds another SceneWorld (seed \(present.seed), size \(present.size), version "
          + "\(present.version), \(present.counts.total) pictures); remove it or choose another "
          + "folder", path: root)
    }
    return present.complete
  }

  private static func makeFolders(_ root: String) throws {
    var folders = ["annotations"]
    for split in SceneSplit.allCases {
      folders += [split.rawValue, "depth/\(split.rawValue)", "semantic/\(split.rawValue)"]
    }
    for folder in folders { try OutputFolder.make(root + "/" + folder) }
  }

  // MARK: Pictures

  /// What the annotation files say of one picture.
  struct PictureRecord: Sendable {
    var instances: [SceneInstancesFile.InstanceRecord]
    var keypoints: [[SceneKeypoint]]
    var focal: Float
  }

  private static func writePictures(
    of world: SceneWorld, split: SceneSplit, count: Int, _ root: String, _ tally: Tally
  ) throws -> [PictureRecord] {
    try ConcurrentMap.map(count: count) { index in
      let scene = world.annotatedScene(split: split, index: index)
      let name = split.fileName(index)
      try LooseFile.writeMissing("\(root)/\(split.rawValue)/\(name)") {
        try PNG.encode(scene.caster.picture(), effort: .fast)
      }
      try LooseFile.writeMissing("\(root)/depth/\(split.rawValue)/\(name)") {
        try PNG.encode(scene.depth.map { UInt16(($0 * 1000).rounded()) }, effort: .fast)
      }
      try LooseFile.writeMissing("\(root)/semantic/\(split.rawValue)/\(name)") {
        let ids = [0] + scene.instances.map { UInt8($0.category.id) }
        return try PNG.encode(scene.instanceMap.map { ids[Int($0)] }, effort: .fast)
      }
      try tally.advance()
      return PictureRecord(
        instances: scene.instances.enumerated().map {
          SceneInstancesFile.InstanceRecord(
            $1, number: $0 + 1, imageID: split.imageID(index))
        }, keypoints: scene.instances.map(\.keypoints), focal: scene.caster.layout.camera.focal)
    }
  }

  // MARK: Annotations

  private static func writeAnnotations(
    _ records: [PictureRecord], split: SceneSplit, _ root: String
  ) throws {
    let manifest = try SceneWorldManifest(root: root)
    var file = SceneInstancesFile(
      info: .init(
        description: "SceneWorld \(split.rawValue), seed \(manifest.seed)",
        version: String(manifest.version)),
      images: records.indices.map {
        .init(
          id: split.imageID($0), fileName: split.fileName($0), width: manifest.size,
          height: manifest.size)
      },
      annotations: records.flatMap(\.instances),
      categories: SceneCategory.allCases.map { .init($0, withKeypoints: false) })
    let annotations = root + "/annotations/"
    try AtomicFile.write(
      AnnotationJSON.encode(file), to: annotations + "instances_\(split.rawValue).json")

    let points = records.flatMap(\.keypoints)
    for index in file.annotations.indices { file.annotations[index].add(points[index]) }
    file.categories = SceneCategory.allCases.map { .init($0, withKeypoints: true) }
    try AtomicFile.write(
      AnnotationJSON.encode(file), to: annotations + "keypoints_\(split.rawValue).json")

    let lines = records.enumerated().map { index, record in
      let name = split.fileName(index)
      return "\(split.rawValue)/\(name) depth/\(split.rawValue)/\(name) \(record.focal)\n"
    }
    try AtomicFile.write(lines.joined(), to: "\(root)/depth_\(split.rawValue).txt")
  }

  /// The class list in the columns of `objectInfo150.txt`; shares are not counted here.
  private static var objectInfo: String {
    "Idx\tRatio\tTrain\tVal\tName\n"
      + SceneCategory.allCases.map { "\($0.id)\t0\t0\t0\t\($0.name)\n" }.joined()
  }
}

/// Counts finished pictures from several threads and reports about one percent at a time.
final class Tally: @unchecked Sendable {
  private let lock = NSLock()
  private var done = 0
  private let total: Int
  private let stride: Int
  private let report: @Sendable (Int, Int) throws -> Void

  init(total: Int, report: @escaping @Sendable (Int, Int) throws -> Void) {
    self.total = total
    self.report = report
    stride = max(1, total / 100)
  }

  func advance() throws {
    lock.lock()
    done += 1
    let count = done
    lock.unlock()
    if count % stride == 0 || count == total { try report(count, total) }
  }
}
