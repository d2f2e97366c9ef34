"""What is asked before a task runs."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.core.tasks import Kind, Parameter, Task
from app.enums import TaskState
from app.modules.operations.rules.outbox import OutboxState
from app.web.forms import CreationForm, DateField, Form, NumberField, TextField

#: Before the names of the fields of parameters: ours are apart.
_PREFIX = "param_"


class TaskForm(CreationForm):
    """What every task is asked: why. Its parameters come before."""

    #: The parameters of the task, in order.
    parameters: tuple[Parameter, ...] = ()

    reason = TextField(
        _l("Raison"), required=False, maximum=255, description=_l("Elle reste au journal.")
    )

    def field_of(self, parameter: Parameter) -> Field:
        """The field of a parameter."""
        field: Field = self._fields[_PREFIX + parameter.name]
        return field

    def values(self) -> dict[str, Any]:
        """What was answered, by name of parameter, once the form is valid; people by name."""
        return {one.name: _answer(one, self.field_of(one).data) for one in self.parameters}


class ConfirmedTaskForm(TaskForm):
    """What a dangerous task is asked, too: its name, and why for sure."""

    reason = TextField(_l("Raison"), maximum=255, description=_l("Elle reste au journal."))
    confirm = TextField(
        _l("Nom de la tâche"),
        maximum=64,
        description=_l("Recopiez-le : c'est la preuve que ce n'est pas une fausse manœuvre."),
    )


def task_form(task: Task, *, is_dry: bool = False) -> type[TaskForm]:
    """The form of a task: one field for each of its parameters."""
    fields = {_PREFIX + one.name: _field(one) for one in task.params}
    parent = ConfirmedTaskForm if task.is_dangerous and not is_dry else TaskForm
    return type(parent.__name__, (parent,), {**fields, "parameters": task.params})


def _answer(parameter: Parameter, data: Any) -> Any:
    if parameter.kind is Kind.boolean:
        return bool(data)
    return parameter.default if data in (None, "") else data


def _field(parameter: Parameter) -> Field:
    label, help_ = parameter.label, parameter.help
    required = parameter.default is None and not parameter.optional
    common: dict[str, Any] = {"description": help_, "default": parameter.default}
    if parameter.kind is Kind.boolean:
        return BooleanField(label, **common)
    if parameter.kind is Kind.choice:
        choices = [SelectChoice(key, text) for key, text in (parameter.choices or {}).items()]
        if not required and parameter.default is None:
            choices.insert(0, SelectChoice("", "-"))
        return SelectField(label, choices=choices, **common)
    if parameter.kind is Kind.integer:
        bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
        return NumberField(label, required=required, **bounds, **common)
    if parameter.kind is Kind.date:
        return DateField(label, required=required, **common)
    return TextField(label, required=required, maximum=min(parameter.maximum, 255), **common)


class RunsFilterForm(Form):
    """Which runs to show."""

    task = SelectField(_l("Tâche"))
    state = SelectField(_l("État"))

    @classmethod
    def of(cls, tasks: dict[str, Task], task: str, state: str) -> "RunsFilterForm":
        """The form that the address would be the answer of."""
        form = cls(formdata=None, data={"task": task, "state": state})
        every = SelectChoice("", _("Toutes"))
        form.task.choices = [every, *(SelectChoice(n, one.label) for n, one in tasks.items())]
        states = (SelectChoice(one.value, one.label) for one in TaskState)
        form.state.choices = [SelectChoice("", _("Tous")), *states]
        return form


class OutboxFilterForm(Form):
    """Which effects to show."""

    state = SelectField(_l("État"))
    kind = SelectField(_l("Sorte"))

    @classmethod
    def of(cls, kinds: list[str], kind: str, state: str) -> "OutboxFilterForm":
        """The form that the address would be the answer of."""
        form = cls(formdata=None, data={"kind": kind, "state": state})
        states = (SelectChoice(one.value, one.label) for one in OutboxState)
        form.state.choices = [SelectChoice("", _("Tous")), *states]
        form.kind.choices = [SelectChoice("", _("Toutes")), *(SelectChoice(k, k) for k in kinds)]
        return form
