import Layers

/// One stage of training as the run drives it: a step at a time, resumable between any two.
package protocol TrainingStage: AnyObject {
  var name: String { get }
  var totalSteps: Int { get }
  var parameters: ParameterList { get }
  var optimizer: Optimizer { get }
  /// Where the stage stands. Setting it to a state of the same stage goes on from there, once
  /// parameters and optimizer are those of that state.
  var state: TrainingState { get set }
  /// One optimizer step.
  func advance() throws -> StepReport
}

extension TrainingStage {
  /// Steps done.
  package var step: Int { state.step }

  /// - Throws: also what a step failed with that ended half-way.
  package func save(to folder: CheckpointFolder) throws {
    try optimizer.checkIsWhole()
    try folder.save(state, parameters: parameters, optimizer: optimizer)
  }

  /// - Precondition: no step was made yet.
  package func restore(step: Int, from folder: CheckpointFolder) throws {
    state = try folder.restore(
      step: step, expecting: state, totalSteps: totalSteps, parameters: parameters,
      optimizer: optimizer)
  }
}

/// Examples of a stage by group, each group drawn with its share.
package typealias ExampleGroups = [(name: String, members: [Int], share: Double)]
