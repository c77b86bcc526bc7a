import Answering
import Foundation
import Imaging
import Platform
import VisionTasks

extension RunCommand {
  /// Answers all jobs into one folder; what is there already is left.
  ///
  /// - Parameter inputs: the folder of the pictures, which can't be that of the answers.
  func runAll(_ jobs: [AnswerJob], inputs: String?) throws {
    for (option, isGiven) in [
      ("--overlay", overlay != nil), ("--mask", mask != nil), ("--depth", !depth.isEmpty),
      ("--json", json != nil && json != "-"),
    ] where isGiven {
      throw ReportableError(
        .usage, "\(option) is for one picture; with many, each gets all its files in --output")
    }
    let folder = output ?? "answers"
    if !dryRun {
      try prepare(folder, inputs: inputs)
      try checkPlaces(of: jobs, in: folder)
    }
    let model = try RunModel(named: self.model ?? ModelLocator.defaultName, autoencoder: vae)
    for task in Set(jobs.map(\.instruction.task)) {
      try model.outline.check(answering.settings(for: model.outline.card, task: task))
    }
    answering.warn(of: model.outline.statedSampler)
    if dryRun {
      let first = try PictureFile.read(jobs[0].image)
      return try printPlan(
        model, jobs[0].instruction, settings(for: jobs[0], model), width: first.width,
        height: first.height, pictureCount: jobs.count, output: folder + "/")
    }
    let identity = try model.identity()
    if !overwrite {
      for job in jobs {
        try files(of: job, in: folder).checkEarlier(
          job, settings: settings(for: job, model), model: identity)
      }
    }
    AbandonedFiles.remove(of: jobs, in: folder)
    try answerAll(jobs, in: folder, model: model, identity: identity)
  }

  private func prepare(_ folder: String, inputs: String?) throws {
    if let inputs, Self.isSameFolder(folder, inputs) {
      throw ReportableError(
        .usage, "is the folder of the pictures; choose another one for the answers", path: folder)
    }
    try OutputFolder.make(folder)
    try AnswerFiles.checkWritable(folder + "/answer.png")
  }

  private static func isSameFolder(_ a: String, _ b: String) -> Bool {
    func resolved(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return resolved(a) == resolved(b)
  }

  /// Checks, before anything is done, that no answer would replace a picture or the list of jobs.
  private func checkPlaces(of jobs: [AnswerJob], in folder: String) throws {
    var inputs = Set(jobs.compactMap { FileIdentity($0.image) })
    if let list = self.jobs.flatMap({ FileIdentity($0) }) { inputs.insert(list) }
    for job in jobs { try files(of: job, in: folder).checkPlaces(sparing: inputs) }
  }

  private func files(of job: AnswerJob, in folder: String) -> AnswerFiles {
    AnswerFiles(all: job.name, in: folder, for: job.instruction.task)
  }

  /// The settings of the job's task, with its own seed where it has one.
  private func settings(for job: AnswerJob, _ model: RunModel) throws -> AnswerSettings {
    var settings = try answering.settings(for: model.outline.card, task: job.instruction.task)
    if let seed = job.seed { settings.seed = seed }
    return settings
  }

  private func answerAll(
    _ jobs: [AnswerJob], in folder: String, model: RunModel, identity: AnswerRecord.Model
  ) throws {
    var session: RunSession?
    var (answered, kept) = (0, 0)
    var failures: [ReportableError] = []
    var lastText: String?
    var meter = ProgressMeter("answering", total: jobs.count)
    for (index, job) in jobs.enumerated() {
      try RunSession.stopIfAsked()
      do {
        try job.checkNameLength()
        let picture = try PictureFile.read(job.image)
        let record = AnswerRecord(
          version: VersionText.version, kernels: VersionText.kernels,
          input: AnswerRecord.Input(path: job.image, picture: picture), model: identity,
          instruction: job.instruction, settings: try settings(for: job, model))
        let files = self.files(of: job, in: folder)
        if files.hold(record) {
          kept += 1
        } else {
          let loaded = try session ?? RunSession(model, precision: record.settings.precision)
          if session == nil { Console.note(try Self.summary(of: record, model: model)) }
          session = loaded
          if lastText != job.instruction.text { loaded.warnOfLostWords(job.instruction) }
          lastText = job.instruction.text
          let (answer, written) = try loaded.answer(
            record, about: picture, files: files, showsSteps: false)
          answered += 1
          try report(answer, record: record, files: written, name: job.name)
        }
      } catch let error as ReportableError where session != nil || error.path == job.image {
        // A full disk fails for every picture; a broken picture only for itself.
        guard error.code != .inputOutput else { throw error }
        Console.error(error.description)
        failures.append(error)
      }
      meter.update(index + 1)
    }
    Console.note(
      "\(answered) answered, \(kept) there already, \(failures.count) failed, in \(folder)")
    if let first = failures.first {
      throw ReportableError(
        first.code,
        failures.count < jobs.count
          ? "\(failures.count) of \(jobs.count) pictures failed; the others are answered"
          : jobs.count == 1 ? "the only picture failed" : "all \(jobs.count) pictures failed")
    }
  }

  private func report(
    _ answer: TaskAnswer, record: AnswerRecord, files: AnswerFiles, name: String
  ) throws {
    if json == "-" {
      Console.result(
        try AnswerReport(record: record, answer: answer, files: files.byKind).text(pretty: false))
    } else if let line = answer.lines(to: record.instruction).first {
      Console.result("\(name): \(line)")
    }
  }
}
