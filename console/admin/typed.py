"""Django's classes with the type of their rows, `ModelAdmin[Account]`, which Django takes for type checkers only."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.core.paginator import Paginator
    from django.forms import ModelChoiceField, ModelForm
else:
    from django import forms
    from django.contrib import admin
    from django.core import paginator

    class Typed:
        """A class that leaves the type of its rows unread."""

        def __class_getitem__(cls, row: object) -> type:
            return cls

    class ModelAdmin(Typed, admin.ModelAdmin):
        pass

    class TabularInline(Typed, admin.TabularInline):
        pass

    class ModelForm(Typed, forms.ModelForm):
        pass

    class ModelChoiceField(Typed, forms.ModelChoiceField):
        pass

    class Paginator(Typed, paginator.Paginator):
        pass


__all__ = ["ModelAdmin", "ModelChoiceField", "ModelForm", "Paginator", "TabularInline"]
