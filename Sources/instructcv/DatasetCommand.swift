import ArgumentParser
import Datasets
import Foundation
import Platform
import Synchronization
import VisionTasks

/// `instructcv dataset`
struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Makes and inspects data sets.",
    subcommands: [SynthesizeCommand.self, BuildCommand.self, InspectCommand.self])
}

/// `instructcv dataset synthesize`
struct SynthesizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Renders SceneWorld in the official layouts (COCO, ADE-style, 16-bit depth).")

  @Option(help: "Training pictures.")
  var count: Int

  @Option(help: "Held-out pictures of seen combinations (default: a tenth of --count).")
  var valCount: Int?

  @Option(help: "Held-out pictures with unseen combinations (default: as --val-count).")
  var unseenCount: Int?

  @Option(help: "Decides every picture.")
  var seed: UInt64 = 1

  @Option(help: "Sides of the pictures in pixels.")
  var size = 128

  @Option(help: "The folder to write.")
  var output: String

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let val = valCount ?? max(1, count / 10)
    let meter = SharedMeter("rendering")
    try SceneWorldWriter.write(
      count: SceneCounts(train: count, val: val, valUnseen: unseenCount ?? val), seed: seed,
      size: size, to: output, progress: meter.update)
    Console.result(output)
  }
}

/// `instructcv dataset build`
struct BuildCommand: ParsableCommand {
  enum SourceKind: String, CaseIterable, ExpressibleByArgument {
    case sceneworld, coco, ade20k, nyu, oxfordPets = "oxford-pets"
  }
  enum VariantName: String, CaseIterable, ExpressibleByArgument { case fp, rp }

  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Turns annotations into (picture, target, instruction) triples.",
    discussion: """
      The layout is InstructCV's: one folder a sample with <name>_0 (picture), <name>_1.png \
      (painted target) and prompt.json, and an index seeds.json. Variant fp uses the paper's one \
      sentence a task, rp a paraphrase drawn for each sample.
      """)

  @Option(
    help: "The data set's format: \(SourceKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var dataset = SourceKind.sceneworld

  @Option(help: "The data set's folder.")
  var root: String

  @Option(help: "Its split (train, val, val_unseen; train2017; training; a list's name).")
  var split: String?

  @Option(help: "The folder to write.")
  var output: String

  @Option(help: "fp: fixed prompts, rp: rephrased prompts.")
  var variant = VariantName.rp

  @Option(
    name: .customLong("prompts"), parsing: .upToNextOption,
    help: "Prompt files in the authors' format instead, as task=file.")
  var prompts: [String] = []

  @Option(parsing: .upToNextOption, help: "Tasks to build (default: all that the source has).")
  var tasks: [TaskKind] = []

  @Option(parsing: .upToNextOption, help: "Colours of classification verdicts, by CSS name.")
  var colors: [String] = []

  @Option(help: "Width of drawn box outlines in pixels.")
  var outlineWidth = 4

  @Option(help: "Questions with the answer no for each one with yes.")
  var negatives = 1.0

  @Option(
    help: "Absent categories that each picture is segmented and searched for; the answer is empty.")
  var absent = 0

  @Option(help: "At most so many pictures.")
  var limit: Int?

  @Option(help: "Decides words, colours, absent categories and order.")
  var seed: UInt64 = 1

  @Flag(help: "Leave broken pictures out instead of stopping.")
  var skipUnreadable = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...64).contains(outlineWidth) else {
      throw ValidationError("--outline-width must be within 1 and 64")
    }
    guard negatives >= 0, negatives <= 1000 else {
      throw ValidationError("--negatives must be within 0 and 1000")
    }
    guard (0...1000).contains(absent) else {
      throw ValidationError("--absent must be within 0 and 1000")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be positive") }
  }

  mutating func run() throws {
    try common.apply()
    var settings = BuildSettings(
      seed: seed, negativesPerPositive: negatives, absentPerPicture: absent)
    if !tasks.isEmpty { settings.tasks = Set(tasks) }
    settings.variant = try promptVariant()
    settings.suite.detection = DetectionTask(outlineWidth: outlineWidth)
    if !colors.isEmpty { settings.palette = try ColorsArgument.palette(colors) }
    if skipUnreadable { settings.unreadable = .skip }
    let builder = DatasetBuilder(
      sources: [try source()], settings: settings, picturesPerSource: limit)
    let summary = try builder.build(to: output, progress: SharedMeter("building").update)
    for reason in summary.skipped { Console.warning("left out: \(reason)") }
    let counts = TaskKind.allCases.compactMap { task in
      summary.sampleCounts[task].map { "\($0) \(task.rawValue)" }
    }
    Console.note("\(summary.pictureCount) pictures: \(counts.joined(separator: ", "))")
    Console.result(output)
  }

  private func promptVariant() throws -> BuildSettings.Variant {
    guard !prompts.isEmpty else { return variant == .fp ? .fixed : .rephrased }
    return .files(
      try prompts.map { entry in
        let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let task = TaskKind(rawValue: parts[0]) else {
          throw ReportableError(
            .usage,
            "--prompts takes task=file with a task of "
              + TaskKind.allCases.map(\.rawValue).joined(separator: ", ") + ", not \"\(entry)\"")
        }
        return try PromptFile(path: parts[1], task: task)
      })
  }

  private func source() throws -> any PictureSource {
    switch dataset {
    case .sceneworld:
      let name = split ?? SceneSplit.train.rawValue
      guard let split = SceneSplit(rawValue: name) else {
        throw ReportableError(
          .usage,
          "SceneWorld has no split \"\(name)\"; choose one of "
            + SceneSplit.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return try CocoSource(sceneWorld: root, split: split)
    case .coco:
      return CocoSource(
        try CocoInstances(root: root, split: split ?? "train2017"), masks: .painted)
    case .ade20k:
      return ADE20KSource(try ADE20KScenes(root: root, split: split ?? "training"))
    case .nyu:
      let list = split ?? "nyu_train.txt"
      return DepthPairSource(
        list.hasSuffix(".csv")
          ? try DepthPairs(csv: root + "/" + list, folder: root)
          : try DepthPairs(list: root + "/" + list, folder: root))
    case .oxfordPets:
      return OxfordPetSource(try OxfordPets(root: root, list: split ?? "trainval"))
    }
  }
}

/// `instructcv dataset inspect`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Says what a built set holds.")

  @Argument(help: "The folder of a built set.")
  var root: String

  @Option(help: "Show so many instructions of each task.")
  var examples = 3

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let dataset = try BuiltDataset(root: root)
    for task in TaskKind.allCases {
      let samples = dataset.samples.filter { $0.task == task }
      guard !samples.isEmpty else { continue }
      let categories = Set(samples.compactMap(\.instruction.category))
      Console.result("\(task.rawValue): \(samples.count) samples, \(categories.count) categories")
      for sample in samples.prefix(max(0, examples)) {
        Console.result("  \(sample.folder): \(sample.instruction.text)")
      }
    }
    let parts = BuiltDataset.Part.allCases.map { "\($0.rawValue) \(dataset.samples($0).count)" }
    Console.result("parts by position: \(parts.joined(separator: ", "))")
  }
}

extension TaskKind: ExpressibleByArgument {}

/// A progress meter for work that reports from several threads; stops the work on Ctrl-C.
final class SharedMeter: Sendable {
  private let label: String
  private let meter = Mutex<ProgressMeter?>(nil)
  private let isStopping = Mutex(false)

  init(_ label: String) {
    self.label = label
    Interrupt.listen()
  }

  @Sendable func update(_ done: Int, of total: Int) throws {
    if Interrupt.isRequested {
      isStopping.withLock { isStopping in
        guard !isStopping else { return }
        isStopping = true
        Console.note("\(label) was interrupted at \(done) of \(total); run it again to go on")
      }
      throw ExitCode(130)
    }
    meter.withLock { meter in
      if meter == nil { meter = ProgressMeter(label, total: total, startingAt: done) }
      meter?.update(done)
    }
  }
}
