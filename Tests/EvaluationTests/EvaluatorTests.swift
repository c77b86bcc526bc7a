import Answering
import Datasets
import Diffusion
import Evaluation
import Foundation
import Imaging
import Platform
import TensorCore
import Testing
import VisionTasks

@Suite("Evaluator", .serialized)
struct EvaluatorTests {
  private func conditions(_ origin: AnswerOrigin = .model) -> EvaluationConditions {
    EvaluationConditions(
      dataset: "sceneworld", split: "val", limit: nil, rules: .standard, origin: origin,
      model: "tiny", answers: nil, outlineWidth: 2, negativesPerPositive: 1, seed: 3)
  }

  private func questions(limit: Int? = nil, outlineWidth: Int = 2) -> QuestionSettings {
    QuestionSettings(
      pictureLimit: limit, seed: 3,
      suite: TaskSuite(detection: DetectionTask(outlineWidth: outlineWidth)))
  }

  @Test("batches and threads change nothing, seeds do")
  func determinism() throws {
    try TinyModel.withData { model, source in
      func json(batch: Int, threads: Int, seed: UInt64 = 3) throws -> String {
        let before = Parallel.threadCount
        Parallel.configure(threads: threads)
        defer { Parallel.configure(threads: before) }
        var questions = questions(limit: 3)
        questions.seed = seed
        let evaluator = try Evaluator(
          of: source, questions: questions, origin: .model, model: model, batchSize: batch)
        return try EvaluationResult(
          conditions(), runs: [evaluator.run(.template), evaluator.run(.heldOut)]
        ).json()
      }
      let expected = try json(batch: 1, threads: 1)
      #expect(try json(batch: 5, threads: 2) == expected)
      #expect(try json(batch: 8, threads: 1) == expected)
      #expect(try json(batch: 1, threads: 1, seed: 4) != expected)
    }
  }

  @Test("tasks with settings of their own answer as if all had them")
  func settingsByTask() throws {
    try TinyModel.withData { model, source in
      func run(_ steps: [TaskKind: Int]) throws -> EvaluationRun {
        let answers = TaskKind.allCases.map { task -> (TaskKind, AnswerSettings) in
          var settings = AnswerSettings(model.card, task: task)
          settings.steps = steps[task] ?? 1
          settings.textGuidance = Double(settings.steps)
          return (task, settings)
        }
        return try Evaluator(
          of: source, questions: questions(limit: 3), origin: .model, model: model,
          answers: Dictionary(uniqueKeysWithValues: answers), batchSize: 3
        ).run(.template)
      }
      func error(_ run: EvaluationRun) throws -> Double {
        try #require(run.depth?.averaged.rootMeanSquare.value)
      }
      let one = try run([:])
      let two = try run(Dictionary(uniqueKeysWithValues: TaskKind.allCases.map { ($0, 2) }))
      let mixed = try run([.depth: 2])
      #expect(try error(mixed) == error(two))
      #expect(try error(mixed) != error(one))
      #expect(mixed.segmentation?.meanIoU.value == one.segmentation?.meanIoU.value)
    }
  }

  @Test("tasks with sizes of their own answer as if all had them")
  func framingsByTask() throws {
    try TinyModel.withData { model, source in
      for origin in [AnswerOrigin.model, .oracle, .autoencoder] {
        func run(_ small: Set<TaskKind>) throws -> EvaluationRun {
          let answers = TaskKind.allCases.map { task -> (TaskKind, AnswerSettings) in
            var settings = AnswerSettings(model.card, task: task)
            settings.steps = 1
            if small.contains(task) { settings.resolution = 32 }
            return (task, settings)
          }
          return try Evaluator(
            of: source, questions: questions(limit: 3), origin: origin, model: model,
            answers: Dictionary(uniqueKeysWithValues: answers), batchSize: 3
          ).run(.template)
        }
        let (large, small, mixed) = (
          try run([]), try run(Set(TaskKind.allCases)), try run([.depth])
        )
        let errors = [large, small, mixed].map { $0.depth?.averaged.rootMeanSquare.value }
        #expect(errors[2] == errors[1] && errors[2] != errors[0], "\(origin)")
        #expect(mixed.segmentation?.meanIoU.value == large.segmentation?.meanIoU.value)
        #expect(mixed.classification?.accuracy.value == large.classification?.accuracy.value)
      }
    }
  }

  @Test("painted targets score nearly perfectly in all tasks")
  func oracle() throws {
    try TinyModel.withData(size: 128) { _, source in
      let run = try Evaluator(
        of: source, questions: questions(outlineWidth: 3), origin: .oracle, model: nil
      ).run(.training)
      #expect(run.pictureCount == 6)
      #expect(run.segmentation?.meanIoU.value == 1)
      #expect(run.classification?.accuracy.value == 1)
      let confusion = try #require(run.classification?.confusion)
      #expect(confusion.positiveCount == confusion.negativeCount && confusion.positiveCount > 6)
      let depth = try #require(run.depth)
      #expect(try #require(depth.averaged.rootMeanSquare.value) < 0.03)
      #expect(depth.averaged.delta1.value == 1)
      #expect(depth.imageCount == 6)
      let boxes = try #require(run.detection?.averagePrecision50.value)
      #expect(boxes > 0.9, "AP of the reader alone is \(boxes)")
    }
  }

  @Test("the oracle and the autoencoder work at the model's size")
  func bounds() throws {
    try TinyModel.withData(size: 128) { model, source in
      let oracle = try Evaluator(
        of: source, questions: questions(), origin: .oracle, model: model
      ).run(.template)
      let bound = try #require(oracle.segmentation?.meanIoU.value)
      #expect(bound > 0.8 && bound < 1, "halving the size costs a little, not \(bound)")
      let decoded = try Evaluator(
        of: source, questions: questions(limit: 2), origin: .autoencoder, model: model
      ).run(.template)
      #expect(decoded.questionCount > 4)
      #expect(try #require(decoded.segmentation?.meanIoU.value) < bound)
    }
  }

  @Test("limits spread over the pictures; only the tasks asked for are scored")
  func limit() throws {
    try TinyModel.withData { _, source in
      var questions = questions(limit: 3)
      questions.tasks = [.depth, .segmentation]
      var seen: [Int] = []
      let run = try Evaluator(of: source, questions: questions, origin: .oracle, model: nil).run(
        .template
      ) { progress in
        #expect(progress.totalPictureCount == 3)
        seen.append(progress.pictureCount)
      }
      #expect(seen.last == 3 && seen == seen.sorted())
      #expect(run.depth?.imageCount == 3)
      #expect(run.detection == nil && run.classification == nil)
      let text = try EvaluationResult(conditions(.oracle), runs: [run]).json()
      // The first of each pair.
      for id in ["000010000001", "000010000003", "000010000005"] {
        #expect(text.contains("\"picture\" : \"\(id)\""))
      }
      #expect(!text.contains("\"picture\" : \"000010000002\""))
      // What is asked about a picture does not depend on the limit or on the other tasks.
      let all = try Evaluator(
        of: source, questions: self.questions(), origin: .oracle, model: nil
      ).run(.template)
      let whole = try EvaluationResult(conditions(.oracle), runs: [all]).json()
      let seeds = text.matches(of: /"seed" : \d+/).map { String($0.0) }
      #expect(seeds.count > 4)
      for seed in seeds { #expect(whole.contains(seed)) }
    }
  }

  @Test("the page shows the worst answers with their pictures")
  func report() throws {
    try withTemporaryFolder { folder in
      try TinyModel.withData { model, source in
        let evaluator = try Evaluator(
          of: source, questions: questions(limit: 2), origin: .model, model: model,
          keptCaseCount: 2)
        let result = EvaluationResult(
          conditions(), runs: [try evaluator.run(.template), try evaluator.run(.heldOut)])
        try result.report.write(to: folder + "/page")
        let page = try InputFile.text(at: folder + "/page/index.html")
        for part in [
          "Segmentation, template", "Detection, held-out", "worst first", "mAP@0.5", "held-out",
          "and no other",
        ] {
          #expect(page.contains(part), "\(part) is missing")
        }
        let pictures = try FileManager.default.contentsOfDirectory(atPath: folder + "/page/images")
        // Of each of two runs: four tasks, two answers, four pictures, verdicts without overlay.
        #expect(pictures.count == 2 * (3 * 2 * 4 + 2 * 3))
        let rows = result.comparison.text.split(separator: "\n")
        #expect(rows.count == 4)
        #expect(rows[2].hasPrefix("template") && rows[3].hasPrefix("held-out"))
      }
    }
  }

  @Test("kept answers are the worst, and the same whatever the batch")
  func worst() throws {
    try TinyModel.withData { model, source in
      func names(batch: Int) throws -> [[String]] {
        let run = try Evaluator(
          of: source, questions: questions(), origin: .autoencoder, model: model,
          batchSize: batch, keptCaseCount: 3
        ).run(.template)
        return EvaluationResult(conditions(), runs: [run]).report.sections.map { section in
          section.samples.map { "\($0.name) \($0.instruction) \($0.score)" }
        }
      }
      let expected = try names(batch: 1)
      #expect(expected.allSatisfy { $0.count == 3 })
      #expect(try names(batch: 7) == expected)
    }
  }

  @Test("impossible wishes are refused with the remedy")
  func refusals() throws {
    try TinyModel.withData { model, source in
      func message(_ body: () throws -> Void) -> String {
        let error = #expect(throws: ReportableError.self) { try body() }
        #expect(error?.code == .usage)
        return error?.message ?? ""
      }
      #expect(
        message {
          _ = try Evaluator(of: source, questions: questions(), origin: .model, model: nil)
        }.contains("--model"))
      var settings = AnswerSettings(model.card)
      settings.guidance = "none"
      let unguided = settings
      #expect(
        message {
          _ = try Evaluator(
            of: source, questions: questions(), origin: .model, model: model,
            answers: [.depth: unguided])
        }.contains("instructdiffusion"))
      settings = AnswerSettings(model.card)
      settings.steps = 0
      let stepless = settings
      #expect(
        message {
          _ = try Evaluator(
            of: source, questions: questions(), origin: .model, model: model,
            answers: [.depth: stepless])
        }.contains("0 steps"))
      #expect(message { _ = try EvaluationPhrasing(name: "loud") }.contains("held-out"))
      #expect(message { _ = try EvaluationPhrasing(name: "file") }.contains("--prompts"))
    }
  }

  @Test("a run stops when its observer throws")
  func stopping() throws {
    struct Stop: Error {}
    try TinyModel.withData { model, source in
      let evaluator = try Evaluator(
        of: source, questions: questions(), origin: .model, model: model, batchSize: 2)
      #expect(throws: Stop.self) {
        _ = try evaluator.run(.template) { if $0.answeredCount >= 4 { throw Stop() } }
      }
    }
  }
}
