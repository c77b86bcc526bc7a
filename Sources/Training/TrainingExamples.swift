import Datasets
import Platform

/// The training part of a built set, as examples.
public enum TrainingExamples {
  /// Samples of tasks that have a share, in the order of the index.
  ///
  /// - Throws: ``ReportableError`` when the set isn't there or isn't complete.
  public static func load(_ configuration: TrainingConfiguration) throws -> [TrainingExample] {
    let dataset = try BuiltDataset(root: configuration.data.root)
    return dataset.samples(.train).filter {
      configuration.data.taskShares[$0.task.rawValue] > 0
    }.map {
      TrainingExample(
        picturePath: $0.inputPath, targetPath: $0.targetPath, instruction: $0.instruction.text,
        task: $0.task)
    }
  }
}
