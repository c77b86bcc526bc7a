import Foundation
import Imaging
import Platform
import Synchronization
import TensorCore
import VisionTasks

/// Writes samples in InstructCV's layout:
///
/// ```
/// seeds.json                    [["<folder>", ["<folder>"]], ...]
/// samples.json                  one ``SampleRecord`` a sample, in the same order
/// build.json                    how the set was made, and whether all of it is there
/// <folder>/<folder>_0.png|jpg   input, the bytes of the source's file
/// <folder>/<folder>_1.png       painted target, lossless
/// <folder>/prompt.json          {"edit": "<instruction>"}
/// <folder>/bbox.json            detection only: {"bbox": [[x1, y1, x2, y2], ...]}
/// ```
///
/// Layout: AlaaLab/InstructCV, `build_data`, 0c24fed.
/// - Deviates: inputs keep the bytes of their source (JPEG or PNG); the original encodes them again
///   as JPEG. ``BuildSettings/InputStorage/linked`` saves the space of all copies but one.
/// - Deviates: the order is a seeded shuffle of pictures, each with all its samples together, so
///   that a split by position leaves next to no picture in two parts.
/// - Deviates: one width of outlines for all sources, where the original draws pets' boxes 6 pixels
///   wide; and ``BuildSettings/negativesPerPositive`` questions with the answer no, where the
///   original asks about every category that COCO has and the picture lacks.
///
/// The same call on a half-built folder goes on where it stopped.
public struct DatasetBuilder: Sendable {
  private let sources: [any PictureSource]
  private let settings: BuildSettings

  /// A builder for the pooled pictures of `sources`.
  ///
  /// - Parameter limit: at most so many pictures are used of each source; nil for all.
  public init(
    sources: [any PictureSource], settings: BuildSettings, picturesPerSource limit: Int? = nil
  ) {
    require(!sources.isEmpty, "a set is built of at least one source")
    self.sources = sources
    self.settings = settings
    self.limit = limit
  }

  private let limit: Int?

  /// What was built.
  public struct Summary: Sendable {
    /// Samples by task.
    public var sampleCounts: [TaskKind: Int]
    /// Pictures that gave samples.
    public var pictureCount: Int
    /// Pictures that were left out, and why.
    public var skipped: [String]
  }

  /// Builds the set in the folder `root`, which is made if need be.
  ///
  /// - Parameter progress: called now and then, from several threads, with the number of pictures
  ///   that are done; it stops the building by throwing.
  /// - Throws: ``ReportableError`` when `root` holds something else, or for bad pictures,
  ///   annotations and disks.
  @discardableResult
  public func build(
    to root: String,
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> Summary {
    let pictures = order()
    var manifest = BuildManifest(
      settings: settings, sources: sources, picturesPerSource: limit, complete: false)
    try manifest.claim(root)
    let tally = Tally(total: pictures.count, report: progress)
    let drafters = sources.map { SampleDrafter($0, settings: settings) }
    let names = FolderNames()
    let outcomes = try ConcurrentMap.map(count: pictures.count) { position -> Outcome in
      let (source, index) = pictures[position]
      let outcome: Outcome
      do {
        outcome = .built(
          try write(drafters[source], source: sources[source], index, to: root, names))
      } catch let clash as FolderNames.Clash {
        // Never left out as unreadable: which of the two would be is a matter of timing.
        throw ReportableError(
          .badData, "two samples would be called \(clash.name); build their sources apart")
      } catch let error as ReportableError
        where settings.unreadable == .skip
        && (error.code == .badData || error.code == .missingInput)
      {
        outcome = .skipped(error.description)
      }
      try tally.advance()
      return outcome
    }
    var records: [SampleRecord] = []
    var summary = Summary(sampleCounts: [:], pictureCount: 0, skipped: [])
    for outcome in outcomes {
      switch outcome {
      case .built(let built):
        records += built
        summary.pictureCount += built.isEmpty ? 0 : 1
      case .skipped(let reason): summary.skipped.append(reason)
      }
    }
    for record in records { summary.sampleCounts[record.instruction.task, default: 0] += 1 }
    try SampleIndex.write(records, to: root)
    manifest.complete = true
    manifest.skipped = summary.skipped
    try manifest.write(to: root)
    return summary
  }

  private enum Outcome: Sendable {
    case built([SampleRecord])
    case skipped(String)
  }

  /// Every picture of every source, shuffled.
  private func order() -> [(source: Int, index: Int)] {
    var all: [(source: Int, index: Int)] = []
    for (number, source) in sources.enumerated() {
      all += (0..<min(source.pictureCount, limit ?? .max)).map { (number, $0) }
    }
    var stream = RandomStream(seed: settings.seed).substream(StableHash.of("order"))
    return all.shuffled(using: &stream)
  }

  /// The folders of this build, each of which belongs to one sample.
  private final class FolderNames: Sendable {
    private let taken = Mutex<Set<String>>([])

    struct Clash: Error {
      let name: String
    }

    /// - Throws: ``Clash`` when another sample has the name.
    func take(_ name: String) throws {
      guard taken.withLock({ $0.insert(name).inserted }) else { throw Clash(name: name) }
    }
  }

  // MARK: One picture

  private func write(
    _ drafter: SampleDrafter, source: any PictureSource, _ index: Int, to root: String,
    _ names: FolderNames
  ) throws -> [SampleRecord] {
    let drafted = try drafter.draft(at: index)
    let input = try inputFile(of: source, index, picture: drafted.picture)
    var firstInput: String?
    return try drafted.samples.map { sample in
      let record = SampleRecord(
        folder: sample.folder, source: source.name, picture: drafted.id,
        instruction: sample.instruction, isPresent: sample.isPresent,
        input: "\(sample.folder)_0.\(input.ending)", target: "\(sample.folder)_1.png")
      try names.take(record.folder)
      let folder = try ConfinedPath.join(root, record.folder)
      // A folder appears under its name only when everything is in it.
      if !FileManager.default.fileExists(atPath: folder) {
        let isUnchanged = input.ending == "png" && sample.target == drafted.picture
        try write(
          sample, record, input: input.bytes, sharedWith: firstInput,
          targetIsInput: isUnchanged, to: folder,
          partial: "\(folder).\(source.name)-\(index).partial")
      }
      if firstInput == nil, settings.inputs == .linked { firstInput = folder + "/" + record.input }
      return record
    }
  }

  /// The bytes that become `_0`, and the file-name ending that their content deserves.
  private func inputFile(
    of source: any PictureSource, _ index: Int, picture: Image
  ) throws -> (bytes: [UInt8], ending: String) {
    guard let path = try source.picturePath(at: index) else {
      return (try PNG.encode(picture, effort: .fast), "png")
    }
    let bytes = try InputFile.bytes(
      at: path, maximumByteCount: PictureLimit.standard.maximumByteCount)
    return (bytes, bytes.starts(with: [0xFF, 0xD8]) ? "jpg" : "png")
  }

  private func write(
    _ sample: SampleDraft, _ record: SampleRecord, input: [UInt8], sharedWith first: String?,
    targetIsInput: Bool, to folder: String, partial: String
  ) throws {
    try? FileManager.default.removeItem(atPath: partial)
    try OutputFolder.make(partial)
    let inputPath = partial + "/" + record.input
    if try first.map({ try !LooseFile.link($0, as: inputPath) }) ?? true {
      try LooseFile.create(input, at: inputPath)
    }
    let targetPath = partial + "/" + record.target
    let isLinked =
      targetIsInput && settings.inputs == .linked
      ? try LooseFile.link(inputPath, as: targetPath) : false
    if !isLinked {
      try LooseFile.create(PNG.encode(sample.target, effort: .fast), at: targetPath)
    }
    try LooseFile.create(
      [UInt8](AnnotationJSON.encode(["edit": sample.instruction.text])),
      at: partial + "/prompt.json")
    if let boxes = sample.boxes {
      let corners = boxes.map { [$0.left, $0.top, $0.right, $0.bottom] }
      try LooseFile.create(
        [UInt8](AnnotationJSON.encode(["bbox": corners])), at: partial + "/bbox.json")
    }
    try LooseFile.rename(partial, to: folder)
  }
}
