"""How `pytest -n` shares out tests that run on two databases: half of the workers are on each."""

from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

from tests.support import databases


class ByDatabase(LoadGroupScheduling):  # type: ignore[misc]
    """A worker gets the tests of its own database; once there are no more, those that know none."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{super()._split_scope(nodeid)} on {databases.kind_of(nodeid)}"

    def _assign_work_unit(self, node: WorkerController) -> None:
        own = node.gateway.spec.env["TEST_DATABASE"]
        for kind in (own, ""):
            scope = next((one for one in self.workqueue if one.endswith(f" on {kind}")), None)
            if scope is not None:
                self.workqueue.move_to_end(scope, last=False)
                super()._assign_work_unit(node)
                return
        node.shutdown()
