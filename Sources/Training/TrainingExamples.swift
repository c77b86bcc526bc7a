import Datasets
import Platform
import VisionTasks

/// The training part of a built set, as examples.
public enum TrainingExamples {
  /// Samples of tasks that have a share, in the order of the index.
  ///
  /// - Throws: ``ReportableError`` when the set isn't there or isn't complete.
  public static func load(_ configuration: TrainingConfiguration) throws -> [TrainingExample] {
    let dataset = try BuiltDataset(root: configuration.data.root)
    let samples = dataset.samples(.train)
    let masks = Dictionary(
      samples.filter { $0.task == .segmentation }.compactMap { sample in
        Thing(sample).map { ($0, sample.targetPath) }
      }, uniquingKeysWith: { first, _ in first })
    return samples.filter {
      configuration.data.taskShares[$0.task.rawValue] > 0
    }.map {
      TrainingExample(
        picturePath: $0.inputPath, targetPath: $0.targetPath, instruction: $0.instruction.text,
        task: $0.task, verdict: $0.isPresent,
        thingMaskPath: $0.isPresent == false ? nil : Thing($0).flatMap { masks[$0] })
    }
  }

  /// What a sample asks about: a category in a picture.
  private struct Thing: Hashable {
    let source: String
    let picture: String
    let category: String

    /// Nil for samples that ask about none, or of which that isn't known.
    init?(_ sample: BuiltSample) {
      guard !sample.picture.isEmpty, let category = sample.instruction.category else { return nil }
      source = sample.source
      picture = sample.picture
      self.category = category
    }
  }

  /// Examples by task, verdicts by answer where ``TrainingConfiguration/DataConfiguration/yesShare``
  /// says how many are to be yes.
  static func groups(
    of examples: [TrainingExample], _ data: TrainingConfiguration.DataConfiguration
  ) -> ExampleGroups {
    TaskKind.allCases.flatMap { task -> ExampleGroups in
      let members = examples.indices.filter { examples[$0].task == task }
      let share = data.taskShares[task.rawValue]
      guard task == .classification, data.yesShare > 0 else {
        return [(task.rawValue, members, share)]
      }
      return [
        (
          "\(task.rawValue)-yes", members.filter { examples[$0].verdict == true },
          share * data.yesShare
        ),
        (
          "\(task.rawValue)-no", members.filter { examples[$0].verdict != true },
          share * (1 - data.yesShare)
        ),
      ]
    }
  }
}
