import Answering
import ArgumentParser
import Foundation
import Imaging
import Platform
import VisionTasks

/// `instructcv run`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Answers an instruction about a picture.",
    discussion: """
      The answer is a PNG of the picture's size, ./<picture>-answer.png unless --output says \
      otherwise (numbered when that is taken; the picture itself is never replaced). What was read \
      in it is printed. The answer holds all settings: --again answer.png makes the same picture \
      once more, bit for bit.

      With --images or --jobs, --output is a folder (default: answers) that gets, for each picture, \
      <name>-answer.png, <name>.json, <name>-overlay.png, and <name>-mask.png or <name>-depth.png \
      and .npy. Answers that are there already are not made again, so a run that was stopped goes \
      on where it was; what is no answer to the same question is replaced with --overwrite only, \
      and a picture that is asked about never. A job is one line of JSON: {"image": "a.png", \
      "instruction": "Segment the dog"}, with "task", "seed" and "name" if wanted; pictures are \
      found from the file's folder.

      Exit codes: 0 done, 64 wrong usage, 65 bad data, 66 missing input, 70 internal, 74 reading or \
      writing failed, 130 interrupted.
      """)

  @Option(help: "The picture, PNG or JPEG.")
  var image: String?

  @Option(help: "A folder of pictures that are all asked the same.")
  var images: String?

  @Option(help: "A file with one job (JSON) a line.")
  var jobs: String?

  @Option(help: "An answer of this program to make once more.")
  var again: String?

  @Option(help: "What is asked, such as \"Segment the dog\".")
  var instruction: String?

  @Option(
    help: ArgumentHelp(
      "\(TaskKind.allCases.map(\.rawValue).joined(separator: ", ")), if the words don't say it."))
  var task: String?

  @Option(help: "A model's folder or file, or the name of an embedded model (default: default).")
  var model: String?

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @Option(help: "The answer's file (.png), or the folder for many.")
  var output: String?

  @Option(help: "File for the answer in numbers; - prints it instead of the short lines.")
  var json: String?

  @Option(help: "File for the picture with the answer drawn over it (.png).")
  var overlay: String?

  @Option(help: "File for the mask, white on black (.png).")
  var mask: String?

  @Option(
    help: "File for the depth: .png (16 bits, millimetres) or .npy (metres); may be repeated.")
  var depth: [String] = []

  @Flag(help: "Replace files in --output that are no answers to the same question.")
  var overwrite = false

  @Flag(help: "Print the resolved settings with estimates of time and memory, and stop.")
  var dryRun = false

  @OptionGroup(title: "Settings") var answering: AnswerOptions

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    Interrupt.listen()
    do {
      try dispatch()
    } catch is RunInterruption {
      Console.note("interrupted; finished answers are complete, the others were not written")
      throw ExitCode(130)
    }
  }

  private func dispatch() throws {
    if let again {
      try refuse(["--images": images, "--jobs": jobs, "--instruction": instruction, "--task": task])
      if let option = answering.given.first {
        throw ReportableError(
          .usage, "--again repeats an answer with its own settings; leave out \(option)")
      }
      return try runAgain(again)
    }
    try answering.check()
    let task = try task.map { try TaskKind(named: $0) }
    switch (image, images, jobs) {
    case (let image?, nil, nil):
      if overwrite { throw ReportableError(.usage, "--overwrite goes with --images and --jobs") }
      try runSingle(image, instruction: AnswerJob.instruction(neededInstruction(), task: task))
    case (nil, let images?, nil):
      let instruction = try AnswerJob.instruction(neededInstruction(), task: task)
      try runAll(AnswerJob.all(inFolder: images, instruction: instruction), inputs: images)
    case (nil, nil, let jobs?):
      try refuse(["--instruction": instruction, "--task": self.task])
      try runAll(AnswerJob.list(jobs), inputs: nil)
    case (nil, nil, nil):
      throw ReportableError(
        .usage, "name a picture with --image (or many with --images or --jobs)")
    default:
      throw ReportableError(.usage, "--image, --images and --jobs exclude each other")
    }
  }

  private func neededInstruction() throws -> String {
    guard let instruction else {
      throw ReportableError(
        .usage, "--instruction is missing; \(InstructionParser.examples)")
    }
    return instruction
  }

  private func refuse(_ options: [String: String?]) throws {
    if let option = options.filter({ $0.value != nil }).keys.sorted().first {
      throw ReportableError(
        .usage, "\(option) does not go with \(again == nil ? "--jobs" : "--again")")
    }
  }

  // MARK: One picture

  private func runSingle(_ path: String, instruction: Instruction) throws {
    let picture = try PictureFile.read(path)
    let files = try singleFiles(
      default: Self.stem(path) + "-answer", inputs: [path], task: instruction.task)
    let model = try RunModel(named: model ?? ModelLocator.defaultName, autoencoder: vae)
    let settings = try answering.settings(
      for: model.outline.card, task: instruction.task)
    try model.outline.check(settings)
    answering.warn(of: model.outline.statedSampler)
    if dryRun {
      return try printPlan(
        model, instruction, settings, width: picture.width, height: picture.height, pictureCount: 1,
        output: files.answer)
    }
    let record = AnswerRecord(
      version: VersionText.version, kernels: VersionText.kernels,
      input: AnswerRecord.Input(path: path, picture: picture), model: try model.identity(),
      instruction: instruction, settings: settings)
    try answerOne(record, picture: picture, model: model, files: files)
  }

  private func runAgain(_ path: String) throws {
    let record = try AnswerRecord.read(path)
    let place = try image ?? Self.place(of: record.input.path, beside: path)
    let picture = try PictureFile.read(place)
    guard ContentDigest.of(picture) == record.input.digest else {
      throw ReportableError(
        .badData,
        "is not the picture that was asked about (\(record.input.width)x\(record.input.height), "
          + "digest \(record.input.digest)): it has changed since; name the old one with --image, "
          + "or ask anew without --again", path: place)
    }
    let files = try singleFiles(
      default: Self.stem(path) + "-again", inputs: [place, path], task: record.instruction.task)
    let model = try RunModel(
      named: model ?? record.model.name, autoencoder: vae ?? record.model.autoencoder)
    guard try model.identity().digest == record.model.digest else {
      throw ReportableError(
        .badData,
        "is not the model that answered (digest \(record.model.digest)): its files have changed "
          + "since; name the old one with --model, or ask anew without --again",
        path: model.location.path)
    }
    if record.version != VersionText.version {
      Console.warning(
        "the answer was made by version \(record.version), this is \(VersionText.version); the "
          + "pictures can differ")
    }
    if record.kernels != VersionText.kernels {
      Console.warning(
        "the answer was made with \(record.kernels) kernels, these are \(VersionText.kernels); set "
          + "INSTRUCTCV_ISA=\(record.kernels) for the same picture to the last bit")
    }
    if dryRun {
      return try printPlan(
        model, record.instruction, record.settings, width: picture.width, height: picture.height,
        pictureCount: 1, output: files.answer)
    }
    try answerOne(record, picture: picture, model: model, files: files)
  }

  /// Where the picture of an answer is now: where it was, or beside the answer.
  private static func place(of input: String, beside answer: String) throws -> String {
    let folder = URL(fileURLWithPath: answer).deletingLastPathComponent()
    let name = URL(fileURLWithPath: input).lastPathComponent
    for path in [input, folder.appendingPathComponent(name).path]
    where FileManager.default.fileExists(atPath: path) {
      return path
    }
    throw ReportableError(
      .missingInput, "the picture that was asked about is gone; name its new place with --image",
      path: input)
  }

  private func answerOne(
    _ record: AnswerRecord, picture: Image, model: RunModel, files: AnswerFiles
  ) throws {
    let session = try RunSession(
      model, precision: record.settings.precision, instruction: record.instruction)
    session.warnOfLostWords(record.instruction)
    Console.note(try Self.summary(of: record, model: model))
    let (answer, written) = try session.answer(
      record, about: picture, files: files, showsSteps: true)
    if json == "-" {
      Console.result(
        try AnswerReport(record: record, answer: answer, files: written.byKind).text(pretty: true))
    } else {
      for line in answer.lines(to: record.instruction) { Console.result(line) }
      Console.result("answer: \(written.answer)")
    }
  }

  /// The files of a single answer, checked.
  private func singleFiles(
    default stem: String, inputs: [String], task: TaskKind
  ) throws -> AnswerFiles {
    var files = output.map { AnswerFiles(answer: $0) } ?? AnswerFiles(freeStem: stem)
    files.json = json == "-" ? nil : json
    files.overlay = overlay
    files.mask = mask
    for path in depth {
      switch URL(fileURLWithPath: path).pathExtension.lowercased() {
      case "png" where files.depthPNG == nil: files.depthPNG = path
      case "npy" where files.depthNumpy == nil: files.depthNumpy = path
      default:
        throw ReportableError(
          .usage, "--depth takes one name that ends in .png and one that ends in .npy", path: path)
      }
    }
    try files.check(against: inputs, task: task)
    return files
  }

  private static func stem(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }
}

/// The user asked to stop.
struct RunInterruption: Error {}
